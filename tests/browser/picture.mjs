// A photograph that nobody took: a PNG with a coast at dusk, made of numbers.

import { crc32, deflateSync } from 'node:zlib';

/** The bytes of a PNG of this size. */
export function picture(width, height) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1) {
    const row = y * (width * 3 + 1) + 1;
    for (let x = 0; x < width; x += 1) {
      const sea = y > height * (0.62 + 0.02 * Math.sin(x / width * 9));
      const light = 1 - Math.abs(y / height - 0.6);
      const wave = sea ? 20 * Math.sin(y / 3 + 2 * Math.sin(x / 37)) : 0;
      rows[row + x * 3] = Math.max(0, (sea ? 30 : 60 + 180 * light * light) + wave);
      rows[row + x * 3 + 1] = Math.max(0, (sea ? 62 : 70 + 90 * light) + wave);
      rows[row + x * 3 + 2] = Math.max(0, (sea ? 96 : 130 - 40 * light) + wave);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...chunks]);
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
