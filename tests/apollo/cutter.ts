// A wire between a client and the server that can be cut.

import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';

export class Cutter {
  /** How often a client has connected. */
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private constructor(
    readonly url: string,
    private readonly close: () => void,
  ) {}

  /** A wire to the server at `target`, with an address of its own. */
  static async to(target: string): Promise<Cutter> {
    const { hostname, port, pathname } = new URL(target);
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      cutter.connections += 1;
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        cutter.sockets.add(from);
        from.setNoDelay(true);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          cutter.sockets.delete(from);
          to.destroy();
        });
      }
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const cutter = new Cutter(`ws://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`, () =>
      server.close(),
    );
    return cutter;
  }

  /** Neither side is told: both find out. What is on its way is lost. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  end(): void {
    this.close();
    this.cut();
  }
}
