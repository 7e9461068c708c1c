// Runs the suites against a running server with the demo's newsroom, named by COPYDESK_URL: all of them, or those
// that are named. Prints a line for each check and exits with 1 when one fails. See README.md beside this file.

import { apollo } from './apollo.js';
import { audits } from './audits.js';
import { outcome, scene } from './checks.js';
import { Newsroom } from './newsroom.js';
import { socket } from './socket.js';

const SUITES = { audits, socket, apollo };

const { COPYDESK_URL } = process.env;
if (!COPYDESK_URL) {
  console.error('COPYDESK_URL has to name a running server, such as http://127.0.0.1:8000/');
  process.exit(2);
}
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in SUITES));
if (unknown.length) {
  console.error(`there is no suite ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}
const newsroom = new Newsroom(COPYDESK_URL);
for (const [name, suite] of Object.entries(SUITES)) {
  if (asked.length && !asked.includes(name)) continue;
  console.log(`— ${name}`);
  await scene(name, () => suite(newsroom));
}
// What a failed check has left open must not keep the run from its end.
process.exit(outcome() ? 0 : 1);
