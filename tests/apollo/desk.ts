// Apollo Client, set up as a newsroom's tools and a reader's site would set it up.

import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import type { ObservableQuery, OperationVariables } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition, relayStylePagination } from '@apollo/client/utilities';
import type { GraphQLFormattedError } from 'graphql';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import type { Client, ClientOptions } from 'graphql-ws';
import { WebSocket } from 'ws';

import { Queue } from './checks.js';
import { PossibleTypesDocument } from './generated/graphql.js';
import type { Newsroom, Role } from './newsroom.js';

// The link asks the browser's WebSocket for its constants.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;

/** A request as it went over the wire, and its answer. */
export interface Exchange {
  method: string;
  url: URL;
  // Whatever JSON it was.
  body: any;
  status: number;
  headers: Headers;
  answer: any;
}

export interface Desk {
  client: ApolloClient;
  socket: Client;
  /** Everything that was sent by HTTP so far. */
  exchanges: Exchange[];
  stop(): Promise<void>;
}

export interface DeskOptions {
  role?: Role;
  /** Comes before the links that send. */
  link?: ApolloLink;
  /** Comes before the socket. */
  socketLink?: ApolloLink;
  socketOptions?: Partial<ClientOptions>;
}

let possibleTypes: Promise<Record<string, string[]>> | undefined;

/** What every union and interface may be, from the server's introspection. */
export function possibleTypesOf(newsroom: Newsroom): Promise<Record<string, string[]>> {
  possibleTypes ??= newsroom.ask(null, PossibleTypesDocument, {}).then(({ __schema }) => {
    const abstract = __schema.types.filter(({ kind }) => kind === 'INTERFACE' || kind === 'UNION');
    return Object.fromEntries(
      abstract.map((type) => [type.name!, (type.possibleTypes ?? []).map(({ name }) => name!)]),
    );
  });
  return possibleTypes;
}

export async function desk(newsroom: Newsroom, options: DeskOptions = {}): Promise<Desk> {
  const token = options.role && (await newsroom.token(options.role));
  const authorization = token && { authorization: `Bearer ${token}` };
  const exchanges: Exchange[] = [];

  const http = new HttpLink({
    uri: newsroom.url,
    ...(authorization && { headers: authorization }),
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const answer: unknown = await response.clone().json();
      const body = init?.body ? JSON.parse(String(init.body)) : undefined;
      const { status, headers } = response;
      exchanges.push({ method: init?.method ?? 'GET', url: new URL(String(input)), body, status, headers, answer });
      return response;
    },
  });
  const socket = createClient({
    url: newsroom.socketUrl,
    webSocketImpl: WebSocket,
    ...(authorization && { connectionParams: authorization }),
    ...options.socketOptions,
  });
  const ws = new GraphQLWsLink(socket);
  const link = ApolloLink.split(
    ({ query }) => {
      const definition = getMainDefinition(query);
      return definition.kind === 'OperationDefinition' && definition.operation === OperationTypeNode.SUBSCRIPTION;
    },
    options.socketLink ? ApolloLink.from([options.socketLink, ws]) : ws,
    options.link ? ApolloLink.from([options.link, http]) : http,
  );
  const client = new ApolloClient({
    link,
    cache: new InMemoryCache({
      possibleTypes: await possibleTypesOf(newsroom),
      typePolicies: {
        Query: {
          fields: {
            articles: relayStylePagination(['filter', 'orderBy']),
            drafts: relayStylePagination(['filter', 'orderBy']),
          },
        },
      },
    }),
  });
  return {
    client,
    socket,
    exchanges,
    async stop() {
      client.stop();
      await socket.dispose();
    },
  };
}

/** What a component that shows a query is given, one after another. */
export function watch<Data, Variables extends OperationVariables>(query: ObservableQuery<Data, Variables>) {
  const shown = new Queue<Data>();
  const subscription = query.subscribe(({ data, dataState, error }) => {
    if (error) shown.end(error);
    else if (dataState === 'complete') shown.push(data as Data);
  });
  return { shown, stop: () => subscription.unsubscribe() };
}

/** What a request is refused with. */
export interface Refusal {
  code: unknown;
  message: string;
  extensions: Record<string, any>;
  all: readonly GraphQLFormattedError[];
}

/** The refusal that a promise has to end in, as the client types it. */
export async function refusal(promise: Promise<unknown>): Promise<Refusal> {
  let answered: unknown;
  try {
    answered = await promise;
  } catch (error) {
    if (!CombinedGraphQLErrors.is(error)) {
      throw new Error(`it was refused with a ${(error as Error).name}, not with the server's errors: ${String(error)}`);
    }
    const [first] = error.errors;
    const extensions = first?.extensions ?? {};
    return { code: extensions.code, message: first?.message ?? '', extensions, all: error.errors };
  }
  throw new Error(`it was not refused: ${JSON.stringify(answered)}`);
}
