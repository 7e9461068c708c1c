// GraphQL over HTTP, as its audit suite sees it.

import { serverAudits } from 'graphql-http';

import { check } from './checks.js';
import type { Newsroom } from './newsroom.js';

const AUDITS = 61;

export async function audits({ url }: Newsroom): Promise<void> {
  const all = serverAudits({ url, fetchFn: fetch });
  check(`there are ${AUDITS} audits of GraphQL over HTTP`, all.length === AUDITS, all.length);
  for (const { id, name, fn } of all) {
    try {
      const result = await fn();
      check(`audit ${id}: ${name}`, result.status === 'ok', result.status === 'ok' ? undefined : result.reason);
    } catch (error) {
      check(`audit ${id}: ${name}`, false, (error as Error).message);
    }
  }
}
