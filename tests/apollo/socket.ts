// graphql-transport-ws, clause by clause: with sockets that do what no client would, and with the graphql-ws client.

import { randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:http';

import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import type { Client, ClientOptions } from 'graphql-ws';
import { WebSocket } from 'ws';

import { check, PATIENCE, Queue, same, scene, within } from './checks.js';
import {
  AddCommentDocument,
  ArticlePublishedDocument,
  DraftChangedDocument,
  EventFeedDocument,
  EventsDocument,
  SignOutDocument,
  UpdateDraftDocument,
  ViewerDocument,
} from './generated/graphql.js';
import type { EventFeedSubscription, EventFilter } from './generated/graphql.js';
import { emailOf, fresh } from './newsroom.js';
import type { Newsroom } from './newsroom.js';

const PROTOCOL = 'graphql-transport-ws';
/** How long a server waits for connection_init. */
const INIT_WAIT = 3_000;

// What a server sends is looked at as it is, whatever it should have been.
type Message = any;
interface Closing {
  code: number;
  reason: string;
}

const QUERY = '{ site { name } }';
const FEED = print(EventFeedDocument);

/** One socket, every message of which is kept. */
class Wire {
  readonly received = new Queue<Message>();
  readonly closed: Promise<Closing>;

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.received.end(new Error(`the socket was closed: ${code} ${reason.toString()}`));
        resolve({ code, reason: reason.toString() });
      });
    });
    socket.on('message', (data, isBinary) => {
      this.received.push(isBinary ? { binary: true } : JSON.parse(data.toString()));
    });
    socket.on('error', () => {});
  }

  static async open(url: string, protocols: string | string[] = PROTOCOL, headers = {}): Promise<Wire> {
    const wire = new Wire(new WebSocket(url, protocols, { headers }));
    await within(
      'the socket to open',
      new Promise((resolve, reject) => wire.socket.once('open', resolve).once('error', reject)),
    );
    return wire;
  }

  /** A socket that may be used. */
  static async ready(url: string, token?: string): Promise<Wire> {
    const wire = await Wire.open(url);
    await wire.init(token && { authorization: `Bearer ${token}` });
    return wire;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async init(payload?: unknown): Promise<Message> {
    this.send({ type: 'connection_init', ...(payload !== undefined && { payload }) });
    return this.received.next('connection_ack', (message) => message.type === 'connection_ack');
  }

  subscribe(id: string, query: string, variables?: unknown, more = {}): void {
    this.send({ id, type: 'subscribe', payload: { query, ...(variables !== undefined && { variables }), ...more } });
  }

  /** All that was said until the server had read all that it was sent so far. */
  async settle(): Promise<Message[]> {
    const mark = randomUUID();
    this.send({ type: 'ping', payload: { mark } });
    await this.received.next('a pong', (message) => message.type === 'pong' && message.payload?.mark === mark);
    return this.received.all;
  }

  about(id: string): Message[] {
    return this.received.all.filter((message) => message.id === id);
  }

  /** Everything about an operation, once it has ended. */
  async ending(id: string): Promise<Message[]> {
    const ended = (message: Message) => message.id === id && ['complete', 'error'].includes(message.type);
    if (!this.received.all.some(ended)) await this.received.next(`operation ${id} to end`, ended);
    return this.about(id);
  }

  close(): void {
    this.socket.close(1000);
  }
}

const types = (messages: Message[]): string[] => messages.map((message) => message.type);

/** Checks how the server closes a socket; the reason is not empty, whatever it is. */
async function closes(what: string, wire: Wire, code: number, reason?: string, patience?: number): Promise<void> {
  try {
    const closing = await within('the socket to be closed', wire.closed, patience);
    const holds = closing.code === code && (reason === undefined ? closing.reason !== '' : closing.reason === reason);
    check(`${what}: ${code}${reason ? ` ${reason}` : ''}`, holds, closing);
  } catch (error) {
    check(`${what}: ${code}`, false, `${(error as Error).message}; it said ${JSON.stringify(wire.received.all)}`);
    wire.socket.terminate();
  }
}

/** Does something until it is heard, as nobody is told when a subscription has begun. Gives what was heard. */
async function awake<T>(heard: Queue<T>, poke: () => Promise<unknown>): Promise<T> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await poke();
    try {
      return await heard.next('a subscription to begin', undefined, 1_000);
    } catch {
      // It may have begun only after the poke.
    }
  }
  throw new Error('a subscription hears nothing');
}

async function handshakes(url: string): Promise<void> {
  const several = await Wire.open(url, ['graphql-ws', PROTOCOL]);
  same('of several subprotocols, the server takes the one it speaks', several.socket.protocol, PROTOCOL);
  several.close();

  const none = await Wire.open(url, []);
  await closes('without a subprotocol', none, 4406);

  // A client library gives up when no subprotocol is chosen; only the bytes tell what a server does then.
  const code = await within(
    'a close frame',
    new Promise<number>((resolve, reject) => {
      const upgrade = request(url.replace(/^ws/, 'http'), {
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': randomBytes(16).toString('base64'),
          'sec-websocket-protocol': 'graphql-ws',
        },
      });
      upgrade.on('response', (response) => reject(new Error(`no upgrade: ${response.statusCode}`)));
      upgrade.on('error', reject);
      upgrade.on('upgrade', (_, socket, head) => {
        let bytes = head;
        const look = () => {
          if (bytes.length < 4) return;
          resolve(bytes[0] === 0x88 ? bytes.readUInt16BE(2) : -1);
          socket.destroy();
        };
        socket.on('data', (more: Buffer) => {
          bytes = Buffer.concat([bytes, more]);
          look();
        });
        look();
      });
      upgrade.end();
    }),
  );
  same('with the subprotocol of an older protocol: 4406', code, 4406);
}

async function initialisation(url: string, newsroom: Newsroom): Promise<void> {
  const late = await Wire.open(url);
  const opened = Date.now();
  const punctual = await Wire.ready(url);
  // Whoever pings is alive, but has not said who it is.
  late.send({ type: 'ping' });
  const tooLate = closes('no connection_init', late, 4408, 'Connection initialisation timeout', 2 * PATIENCE).then(
    () => {
      const waited = Date.now() - opened;
      check('the server waits three seconds for it', waited > INIT_WAIT - 500 && waited < INIT_WAIT + 3_000, waited);
    },
  );

  for (const [what, payload] of [
    ['no payload', undefined],
    ['a payload that is null', null],
    ['an empty payload', {}],
  ]) {
    const wire = await Wire.open(url);
    const ack = await wire.init(payload);
    check(`connection_init with ${what} is acknowledged`, ack.payload == null || typeof ack.payload === 'object', ack);
    wire.close();
  }

  const twice = await Wire.ready(url);
  twice.send({ type: 'connection_init' });
  await closes('a second connection_init', twice, 4429, 'Too many initialisation requests');

  const atOnce = await Wire.open(url);
  atOnce.send({ type: 'connection_init' });
  atOnce.send({ type: 'connection_init' });
  await closes('two connection_init at once', atOnce, 4429, 'Too many initialisation requests');

  const early = await Wire.open(url);
  early.subscribe('early', QUERY);
  await closes('subscribe before connection_init', early, 4401, 'Unauthorized');
  same('it is not answered', early.about('early'), []);

  const token = await newsroom.token('writer');
  for (const key of ['authorization', 'Authorization', 'AUTHORIZATION']) {
    const wire = await Wire.open(url);
    await wire.init({ [key]: `Bearer ${token}` });
    wire.subscribe('who', print(ViewerDocument));
    const [next] = await wire.ending('who');
    same(`the token under ${key} says who asks`, next.payload?.data?.viewer?.email, emailOf('writer'));
    wire.close();
  }
  const anonymous = await Wire.ready(url);
  anonymous.subscribe('who', print(ViewerDocument));
  const [nobody] = await anonymous.ending('who');
  same('without a token, nobody asks', nobody.payload?.data, { viewer: null });
  anonymous.close();

  for (const [what, authorization] of [
    ['a token that was never given', `Bearer ${randomBytes(32).toString('base64url')}`],
    ['an empty token', 'Bearer '],
    ['another scheme', 'Basic d3JpdGVyOnRyeQ=='],
  ]) {
    const wire = await Wire.open(url);
    wire.send({ type: 'connection_init', payload: { authorization } });
    await closes(`connection_init with ${what}`, wire, 4403);
    same('it is not acknowledged', wire.received.all, []);
  }

  await tooLate;
  await punctual.settle();
  check('a socket that was initialised stays open', punctual.socket.readyState === WebSocket.OPEN);
  punctual.close();
}

async function pings(url: string): Promise<void> {
  const wire = await Wire.open(url);
  const pong = async (payload?: unknown) => {
    wire.send({ type: 'ping', ...(payload !== undefined && { payload }) });
    return wire.received.next('a pong', (message) => message.type === 'pong');
  };
  check('a ping is answered before connection_init', (await pong()).type === 'pong');
  same('its payload comes back', (await pong({ sent: 1, deep: ['ü'] })).payload, { sent: 1, deep: ['ü'] });
  check('a ping whose payload is null is answered', (await pong(null)).type === 'pong');
  wire.send({ type: 'pong' });
  wire.send({ type: 'pong', payload: { nobody: 'asked' } });
  const ack = await wire.init();
  same('pongs that nobody asked for are ignored', ack.type, 'connection_ack');
  same('a ping is answered after it too', (await pong({ sent: 2 })).payload, { sent: 2 });
  wire.send({ type: 'pong', payload: null });
  await wire.settle();
  check('and pongs are ignored then', wire.socket.readyState === WebSocket.OPEN);
  const frame = new Promise<string>((resolve) => wire.socket.once('pong', (data) => resolve(data.toString())));
  wire.socket.ping('frame');
  same('the ping of WebSocket itself is answered', await within('a pong frame', frame), 'frame');
  wire.close();
}

async function invalidMessages(url: string): Promise<void> {
  const payload = { query: QUERY };
  const messages: [string, unknown][] = [
    ['subscribe without an id', { type: 'subscribe', payload }],
    ['subscribe with an empty id', { id: '', type: 'subscribe', payload }],
    ['subscribe with a number for an id', { id: 1, type: 'subscribe', payload }],
    ['subscribe with null for an id', { id: null, type: 'subscribe', payload }],
    ['subscribe without a payload', { id: 'a', type: 'subscribe' }],
    ['subscribe with a string for a payload', { id: 'a', type: 'subscribe', payload: QUERY }],
    ['subscribe with a list for a payload', { id: 'a', type: 'subscribe', payload: [payload] }],
    ['subscribe without a query', { id: 'a', type: 'subscribe', payload: {} }],
    ['subscribe with a number for a query', { id: 'a', type: 'subscribe', payload: { query: 1 } }],
    ['subscribe with null for a query', { id: 'a', type: 'subscribe', payload: { query: null } }],
    ['subscribe with a string for variables', { id: 'a', type: 'subscribe', payload: { ...payload, variables: '{}' } }],
    ['subscribe with a list for variables', { id: 'a', type: 'subscribe', payload: { ...payload, variables: [] } }],
    [
      'subscribe with a number for operationName',
      { id: 'a', type: 'subscribe', payload: { ...payload, operationName: 1 } },
    ],
    [
      'subscribe with a string for extensions',
      { id: 'a', type: 'subscribe', payload: { ...payload, extensions: 'x' } },
    ],
    ['complete without an id', { type: 'complete' }],
    ['complete with a number for an id', { id: 1, type: 'complete' }],
    ['ping with a string for a payload', { type: 'ping', payload: 'x' }],
    ['pong with a number for a payload', { type: 'pong', payload: 1 }],
    ['an unknown type', { id: 'a', type: 'start', payload }],
    ['a type in capitals', { id: 'a', type: 'SUBSCRIBE', payload }],
    ['a type that only servers send (next)', { id: 'a', type: 'next', payload: { data: {} } }],
    ['a type that only servers send (connection_ack)', { type: 'connection_ack' }],
    ['no type', { id: 'a', payload }],
    ['a type that is not a string', { type: 1 }],
    ['null', 'null'],
    ['a list', [{ type: 'ping' }]],
    ['a string', '"ping"'],
    ['nothing', ''],
    ['what is not JSON', '{"type":"ping"'],
  ];
  // One after another would take as many round trips; no socket knows of another.
  await Promise.all(
    messages.map(async ([what, message]) => {
      const wire = await Wire.ready(url);
      wire.send(message);
      await closes(what, wire, 4400);
      same(`${what}: is not answered`, wire.received.all.slice(1), []);
    }),
  );
  const binary = await Wire.ready(url);
  binary.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
  await closes('a binary frame', binary, 4400);

  const early = await Wire.open(url);
  early.send('{');
  await closes('what is not JSON, before connection_init', early, 4400);
  const list = await Wire.open(url);
  list.send({ type: 'connection_init', payload: ['Bearer'] });
  await closes('connection_init with a list for a payload', list, 4400);

  const large = await Wire.ready(url);
  large.subscribe('large', `{ site { name } } # ${'x'.repeat(8 * 1024 * 1024)}`);
  const closing = await within('a flood to be refused', large.closed);
  check('a message of 8 MiB closes the socket with a code', [1009, 4400].includes(closing.code), closing);

  const after = await Wire.ready(url);
  after.subscribe('after', QUERY);
  same('others are served as before', types(await after.ending('after')), ['next', 'complete']);
  after.close();
}

async function operations(url: string, newsroom: Newsroom): Promise<void> {
  const token = await newsroom.token('writer');
  const wire = await Wire.ready(url, token);

  wire.subscribe('query', QUERY);
  const answer = await wire.ending('query');
  same('a query is answered with next, then complete', types(answer), ['next', 'complete']);
  check('next has its data', typeof answer[0].payload.data?.site?.name === 'string', answer[0]);
  check('and no errors', !('errors' in answer[0].payload), answer[0]);

  wire.subscribe('query', 'query ($no: Boolean!) { site { name @skip(if: $no) url } }', { no: true });
  await wire.received.next('the second answer', (message) => message.type === 'next');
  await wire.received.next('its end', (message) => message.type === 'complete');
  same('an id may be used again once its operation is complete', types(wire.about('query')), [
    'next',
    'complete',
    'next',
    'complete',
  ]);
  same('variables are read', Object.keys(wire.about('query')[2].payload.data?.site ?? {}), ['url']);

  wire.subscribe('named', 'query A { site { name } } query B { site { url } }', undefined, { operationName: 'B' });
  same('operationName says which', Object.keys((await wire.ending('named'))[0].payload.data?.site ?? {}), ['url']);

  wire.subscribe('nulls', QUERY, null, { operationName: null, extensions: null });
  same('variables, operationName and extensions may be null', types(await wire.ending('nulls')), ['next', 'complete']);

  const draft = await newsroom.draft();
  const input = { draftId: draft.id, baseRevision: 1, dek: 'Over the socket.' };
  wire.subscribe('mutation', print(UpdateDraftDocument), { input });
  const changed = await wire.ending('mutation');
  same('a mutation is answered with next, then complete', types(changed), ['next', 'complete']);
  same('it has done its work', changed[0].payload.data?.updateDraft?.draft?.revision?.number, 2);

  wire.subscribe('stale', print(UpdateDraftDocument), { input: { ...input, dek: 'Too late.' } });
  const stale = await wire.ending('stale');
  same('a refused mutation is answered with next, then complete', types(stale), ['next', 'complete']);
  same('its data is null', stale[0].payload.data, { updateDraft: null });
  same('its error has a code', stale[0].payload.errors?.[0]?.extensions?.code, 'STALE_REVISION');

  for (const [what, query, code] of [
    ['does not parse', '{ site {', 'GRAPHQL_PARSE_FAILED'],
    ['is not valid', '{ site { nope } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscribes to what there is not', 'subscription { nope }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'subscribes to two things',
      'subscription { a: articlePublished { id } b: articlePublished { id } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['is empty', '', 'GRAPHQL_PARSE_FAILED'],
    [
      'is too deep',
      `{ sections ${'{ articles { nodes { section '.repeat(6)}{ id }${' } } }'.repeat(6)} }`,
      'QUERY_TOO_COMPLEX',
    ],
  ] as const) {
    const id = `a document that ${what}`;
    wire.subscribe(id, query);
    await wire.ending(id);
    // The barrier gives a complete, which must not come, the time to come.
    await wire.settle();
    const [error] = wire.about(id);
    same(`${id} is answered with one error and nothing else`, types(wire.about(id)), ['error']);
    const isList = Array.isArray(error?.payload) && error.payload.length > 0;
    check(
      'its payload is a list of errors',
      isList && error.payload.every((one: Message) => typeof one.message === 'string'),
      error,
    );
    same('with a code', error?.payload?.[0]?.extensions?.code, code);
    wire.send({ id, type: 'complete' });
    wire.subscribe(id, QUERY);
    await wire.received.next('the answer under that id', (message) => message.id === id && message.type === 'complete');
    same('its id may be used again', types(wire.about(id)), ['error', 'next', 'complete']);
  }

  wire.subscribe('which', 'query A { site { name } } query B { site { url } }', undefined, { operationName: 'C' });
  same('an operationName that is in no operation ends in an error', types(await wire.ending('which')), ['error']);

  wire.subscribe('variable', print(UpdateDraftDocument), {});
  const variable = await wire.ending('variable');
  check('a missing variable is told', told(variable).length > 0, variable);

  wire.send({ id: 'never seen', type: 'complete' });
  wire.send({ id: 'query', type: 'complete' });
  await wire.settle();
  check('complete for an id that is not running is ignored', wire.socket.readyState === WebSocket.OPEN);
  wire.close();
}

/** The errors of an operation, whichever message brought them. */
function told(messages: Message[]): { code?: string; message: string }[] {
  return messages.flatMap((message) =>
    (message.type === 'error' ? message.payload : (message.payload?.errors ?? [])).map((error: Message) => ({
      code: error.extensions?.code,
      message: error.message,
    })),
  );
}

async function duplicates(url: string, newsroom: Newsroom): Promise<void> {
  const after = await newsroom.newestEvent();
  const token = await newsroom.token('editor');
  const longId = 'long'.repeat(100);
  for (const [what, id, query] of [
    ['a subscription', 'twice', FEED],
    ['a query', 'twice', QUERY],
  ] as const) {
    const wire = await Wire.ready(url, token);
    wire.subscribe(id, FEED, { after });
    wire.subscribe(id, query);
    await closes(`${what} under the id of a running subscription`, wire, 4409, `Subscriber for ${id} already exists`);
  }
  const wire = await Wire.ready(url, token);
  wire.subscribe(longId, FEED, { after });
  wire.subscribe(longId, FEED, { after });
  // A close frame holds 123 bytes of reason; the code is what a client goes by.
  await closes('a second subscription under an id of 400 letters', wire, 4409);

  const two = await Promise.all([Wire.ready(url, token), Wire.ready(url, token)]);
  for (const one of two) one.subscribe('same', FEED, { after });
  await Promise.all(two.map((one) => one.settle()));
  check(
    'the same id on two sockets is two operations',
    two.every((one) => one.socket.readyState === WebSocket.OPEN),
  );
  for (const one of two) one.close();
}

async function subscriptions(url: string, newsroom: Newsroom): Promise<void> {
  const draft = await newsroom.draft();
  const filter: EventFilter = { draftId: draft.id };
  const after = await newsroom.newestEvent(filter);
  const token = await newsroom.token('editor');
  const wire = await Wire.ready(url, token);
  const hears = (id: string, number: number) =>
    wire.received.next(
      `revision ${number} under ${id}`,
      (message) => message.id === id && message.payload?.data?.events?.revision?.number === number,
    );

  wire.subscribe('first', FEED, { filter, after });
  wire.subscribe('second', FEED, { filter, after });
  wire.subscribe('between', QUERY);
  same('a query is answered while subscriptions run', types(await wire.ending('between')), ['next', 'complete']);
  await newsroom.update({ draftId: draft.id, baseRevision: 1, dek: 'Two.' });
  const next = await wire.received.next('an event', (message) => message.type === 'next' && message.id !== 'between');
  const other = next.id === 'first' ? 'second' : 'first';
  await hears(other, 2);
  same('each operation gets its own', [wire.about('first').length, wire.about('second').length], [1, 1]);
  same('with the same event', wire.about('first')[0].payload.data, wire.about('second')[0].payload.data);
  same('which tells what happened', wire.about('first')[0].payload.data.events.type, 'DRAFT_UPDATED');
  same('by whom', wire.about('first')[0].payload.data.events.actor.email, emailOf('writer'));

  wire.send({ id: 'first', type: 'complete' });
  await wire.settle();
  await newsroom.update({ draftId: draft.id, baseRevision: 2, dek: 'Three.' });
  await hears('second', 3);
  await wire.settle();
  same('after complete by the client nothing comes', types(wire.about('first')), ['next']);

  const [seen] = wire.about('second').slice(-1);
  wire.subscribe('first', FEED, { filter, after: seen.payload.data.events.id });
  await newsroom.update({ draftId: draft.id, baseRevision: 3, dek: 'Four.' });
  await hears('first', 4);
  same('the id may be used again, and `after` leaves out what was seen', wire.about('first').length, 2);

  wire.subscribe('gone', QUERY);
  wire.send({ id: 'gone', type: 'complete' });
  await wire.settle();
  const known = wire.about('gone').length;
  wire.subscribe('later', QUERY);
  await wire.ending('later');
  await wire.settle();
  same('of a query that the client completed, nothing comes once that was read', wire.about('gone').length, known);

  wire.subscribe('again', FEED, { filter, after: await newsroom.newestEvent(filter) });
  wire.send({ id: 'again', type: 'complete' });
  wire.subscribe('again', QUERY);
  same('an id may be used again in the next message after its complete', types(await wire.ending('again')), [
    'next',
    'complete',
  ]);

  const anonymous = await Wire.ready(url);
  anonymous.subscribe('feed', FEED, {});
  const refused = await anonymous.ending('feed');
  same('the anonymous may not follow events', told(refused)[0]?.code, 'UNAUTHENTICATED');
  anonymous.subscribe('draft', print(DraftChangedDocument), { id: draft.id });
  same('nor a draft', told(await anonymous.ending('draft'))[0]?.code, 'UNAUTHENTICATED');
  await anonymous.settle();
  check('the socket stays open', anonymous.socket.readyState === WebSocket.OPEN);
  anonymous.close();

  wire.subscribe('malformed', FEED, { after: 'yesterday' });
  same('an `after` that is no event is refused', told(await wire.ending('malformed'))[0]?.code, 'BAD_USER_INPUT');
  wire.subscribe('unknown', print(DraftChangedDocument), { id: draft.id.replace(/.{6}$/, '000000') });
  check('a draft that does not exist is refused', told(await wire.ending('unknown')).length > 0, wire.about('unknown'));
  wire.close();
}

async function safety(url: string, newsroom: Newsroom): Promise<void> {
  const token = await newsroom.signIn('writer');
  const draft = await newsroom.draft();
  const filter: EventFilter = { draftId: draft.id };
  const after = await newsroom.newestEvent(filter);
  const leaving = await Wire.ready(url, token);
  const staying = await Wire.ready(url, await newsroom.token('writer'));
  for (const wire of [leaving, staying]) {
    wire.subscribe('feed', FEED, { filter, after });
    await wire.settle();
  }
  await newsroom.answer(SignOutDocument, {}, token);
  await newsroom.update({ draftId: draft.id, baseRevision: 1, dek: 'Who has signed out does not hear of this.' });
  await staying.received.next('the event', (message) => message.type === 'next');
  await Promise.race([leaving.settle().catch(() => {}), leaving.closed]);
  const heard = leaving.about('feed').filter((message) => message.payload?.data);
  same('who has signed out hears nothing more', heard, []);
  if (leaving.socket.readyState === WebSocket.OPEN) {
    leaving.subscribe('who', print(ViewerDocument));
    const answers = await Promise.race([leaving.ending('who').catch(() => []), leaving.closed.then(() => [])]);
    check('and is nobody on the old socket', !answers[0]?.payload?.data?.viewer, answers);
  } else {
    check('and is nobody on the old socket', true);
  }
  leaving.close();
  staying.close();

  // A page of another site can open sockets, and browsers send the cookies along.
  const cookie = `copydesk_session=${await newsroom.token('writer')}`;
  let viewer: unknown = null;
  try {
    const foreign = await Wire.open(url, PROTOCOL, { cookie, origin: 'https://elsewhere.example' });
    await foreign.init();
    foreign.subscribe('who', print(ViewerDocument));
    [
      {
        payload: {
          data: { viewer },
        },
      },
    ] = (await foreign.ending('who')) as [Message];
    foreign.close();
  } catch {
    // To refuse the handshake, or the socket, is as well.
  }
  same('a page of another site does not act with the cookie', viewer, null);
}

function clientOf(url: string, token?: string, options: Partial<ClientOptions> = {}): Client {
  return createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(token && { connectionParams: { authorization: `Bearer ${token}` } }),
    ...options,
  });
}

/** A subscription, what it hears, and how it is ended. */
function listen<T>(client: Client, query: string, variables: Record<string, unknown>, pick: (data: Message) => T) {
  const heard = new Queue<T>();
  const stop = client.subscribe<Message>(
    { query, variables },
    {
      next: ({ data, errors }) => {
        if (data) heard.push(pick(data));
        else heard.end(new Error(JSON.stringify(errors)));
      },
      error: (error: Message) => {
        const closing = error?.code && `the socket was closed: ${error.code} ${error.reason}`;
        heard.end(error instanceof Error ? error : new Error(closing ?? JSON.stringify(error)));
      },
      complete: () => heard.end(new Error('the subscription is complete')),
    },
  );
  return { heard, stop };
}

async function withClient(url: string, newsroom: Newsroom): Promise<void> {
  const token = await newsroom.token('writer');
  const pongs = new Queue<unknown>();
  const client = clientOf(url, token, { keepAlive: 50, on: { pong: (received) => received && pongs.push(true) } });
  const answers = [];
  for await (const answer of client.iterate({ query: QUERY })) answers.push(answer);
  same('graphql-ws: a query has one answer', answers.length, 1);

  let refusal: Message;
  try {
    for await (const _ of client.iterate({ query: '{ nope }' }));
  } catch (error) {
    refusal = error;
  }
  check(
    'graphql-ws: a document that is not valid is a list of errors',
    Array.isArray(refusal) && refusal.length === 1,
    refusal,
  );

  const draft = await newsroom.draft();
  const changes = listen(client, print(DraftChangedDocument), { id: draft.id }, (data) => data.draftChanged);
  const pilot = await awake(changes.heard, async () => {
    const dueAt = new Date(Date.now() + 60_000 + Math.floor(Math.random() * 1e6)).toISOString();
    await newsroom.update({ draftId: draft.id, baseRevision: 1, dueAt });
  });
  same('draftChanged: tells of the draft', pilot.id, draft.id);
  check('draftChanged: tells of a due date', pilot.dueAt !== null, pilot);
  await newsroom.update({ draftId: draft.id, baseRevision: 1, headline: 'Changed while somebody watched' });
  const renamed = await changes.heard.next('a new revision', (seen) => seen.revision.number === 2);
  same('draftChanged: tells of a new revision', renamed.revision.headline, 'Changed while somebody watched');
  await newsroom.ask('editor', AddCommentDocument, { input: { draftId: draft.id, body: 'Says who?' } });
  const commented = await changes.heard.next('a comment', (seen) => seen.comments.totalCount === 1);
  same('draftChanged: tells of a comment', commented.revision.number, 2);
  await newsroom.submit(draft.id, 2);
  const submitted = await changes.heard.next('a submit', (seen) => seen.state === 'IN_REVIEW');
  check(
    "draftChanged: its actions are the viewer's",
    submitted.allowedActions.includes('RECALL'),
    submitted.allowedActions,
  );
  await newsroom.approve(draft.id, 2);
  const approved = await changes.heard.next('an approval', (seen) => seen.state === 'APPROVED');
  check(
    'draftChanged: a writer may not publish',
    !approved.allowedActions.includes('PUBLISH'),
    approved.allowedActions,
  );
  changes.stop();
  await pongs.next("the client's pings to be answered");
  check('graphql-ws: its keep-alive pings are answered', true);
  await client.dispose();

  const reader = clientOf(url);
  const [here, elsewhere] = [await newsroom.section(), await newsroom.section()];
  const all = listen(reader, print(ArticlePublishedDocument), {}, (data) => data.articlePublished);
  const some = listen(
    reader,
    print(ArticlePublishedDocument),
    { sectionSlug: here.slug },
    (data) => data.articlePublished,
  );
  await awake(all.heard, () => newsroom.article({ sectionId: elsewhere.id }));
  await awake(some.heard, () => newsroom.article({ sectionId: here.id }));
  const not = await newsroom.article({ sectionId: elsewhere.id });
  const one = await newsroom.article({ sectionId: here.id });
  const toldAll = await all.heard.next('an article', ({ id }) => id === not.article.id);
  same('articlePublished: the anonymous hear of an article', toldAll.headline, not.article.headline);
  const toldSome = await some.heard.next('an article', ({ id }) => id === one.article.id);
  same('articlePublished: its first edition', toldSome.edition, 1);
  check(
    'articlePublished: those who follow a section hear of no other',
    some.heard.all.every(({ section }) => section.slug === here.slug),
    some.heard.all,
  );
  await newsroom.update({ draftId: one.draft.id, baseRevision: 1, headline: 'A later edition' });
  await newsroom.publish(one.draft.id, 2);
  const later = await some.heard.next('an edition', ({ edition }) => edition === 2);
  same('articlePublished: a later edition', [later.id, later.headline], [one.article.id, 'A later edition']);
  const heardOf = all.heard.all.map(({ id, edition }) => `${id} ${edition}`);
  same('articlePublished: each edition once', new Set(heardOf).size, heardOf.length);
  await reader.dispose();
}

async function events(url: string, newsroom: Newsroom): Promise<void> {
  const client = clientOf(url, await newsroom.token('writer'));
  const start = await newsroom.newestEvent();
  const draft = await newsroom.draft();
  const filter: EventFilter = { draftId: draft.id };
  for (let revision = 1; revision <= 5; revision += 1) {
    await newsroom.update({ draftId: draft.id, baseRevision: revision, dek: fresh('Dek') });
  }
  const log = await newsroom.ask('writer', EventsDocument, { filter, first: 100 });
  const past = log.events.nodes.map((event) => event.id);
  same('events: the log has six to begin with', past.length, 6);

  const pick = (data: EventFeedSubscription) => data.events;
  const follow = (variables: Record<string, unknown>) => listen(client, FEED, variables, pick);
  const whole = follow({ filter, after: start });
  const rest = follow({ filter, after: past[2] });
  const updates = follow({ filter: { ...filter, types: ['DRAFT_SUBMITTED'] }, after: start });
  const live = follow({ filter, after: past.at(-1) });
  await newsroom.submit(draft.id, 6);
  const submitted = await live.heard.next('an event');
  same('events: `after` the newest gives only what is new', submitted.type, 'DRAFT_SUBMITTED');
  for (const { heard } of [whole, rest, updates]) await heard.next('the last one', ({ id }) => id === submitted.id);
  const ids = (queue: Queue<{ id: string }>) => queue.all.map((event) => event.id);
  same('events: what was before comes first, in order, then what is new', ids(whole.heard), [...past, submitted.id]);
  same('events: `after` says from where', ids(rest.heard), [...past.slice(3), submitted.id]);
  same('events: the filter says which', ids(updates.heard), [submitted.id]);

  const signIns = follow({ filter: { types: ['SIGNED_IN'] }, after: submitted.id });
  await newsroom.signIn('editor');
  await newsroom.signIn('writer');
  const signIn = await signIns.heard.next('a sign-in');
  same("events: of sign-ins, one hears of one's own", signIn.actor?.email, emailOf('writer'));
  await client.dispose();
}

export async function socket(newsroom: Newsroom): Promise<void> {
  const url = newsroom.socketUrl;
  await scene('handshake', () => handshakes(url));
  await scene('initialisation', () => initialisation(url, newsroom));
  await scene('ping and pong', () => pings(url));
  await scene('invalid messages', () => invalidMessages(url));
  await scene('operations', () => operations(url, newsroom));
  await scene('duplicate ids', () => duplicates(url, newsroom));
  await scene('subscriptions', () => subscriptions(url, newsroom));
  await scene('safety', () => safety(url, newsroom));
  await scene('the graphql-ws client', () => withClient(url, newsroom));
  await scene('events', () => events(url, newsroom));
}
