// What a newsroom's tools do before there is something to look at: they sign in, write, review, publish.

import { randomUUID } from 'node:crypto';

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';

import {
  CreateDraftDocument,
  CreateSectionDocument,
  EventsDocument,
  PublishDraftDocument,
  ReviewDraftDocument,
  SignInDocument,
  SubmitDraftDocument,
  UpdateDraftDocument,
} from './generated/graphql.js';
import type { CreateDraftInput, DraftCardFragment, EventFilter, UpdateDraftInput } from './generated/graphql.js';

export type Role = 'writer' | 'editor' | 'commerce' | 'legal' | 'publisher' | 'admin';

const PASSWORD = process.env.COPYDESK_PASSWORD ?? 'try-copydesk';

export const emailOf = (role: Role): string => `${role}@demo.example`;

/** A name that no earlier run has used. */
export const fresh = (what: string): string => `${what} ${randomUUID().slice(0, 8)}`;

interface Answer<Data> {
  data?: Data | null;
  errors?: GraphQLFormattedError[];
}

export class Newsroom {
  /** Where the API is. */
  readonly url: string;
  /** Where its sockets are. */
  readonly socketUrl: string;
  private readonly tokens = new Map<Role, Promise<string>>();
  private anySection: Promise<string> | undefined;

  constructor(base: string) {
    this.url = new URL('graphql', base).href;
    this.socketUrl = this.url.replace(/^http/, 'ws');
  }

  /** Asks the API as it is, without a client's help. */
  async answer<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    token?: string,
  ): Promise<Answer<Data>> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query: print(document), variables }),
    });
    return (await response.json()) as Answer<Data>;
  }

  /** Asks in a role; a refusal is an error with the server's words. */
  async ask<Data, Variables>(
    role: Role | null,
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const { data, errors } = await this.answer(document, variables, role ? await this.token(role) : undefined);
    if (errors || !data) throw new Error(errors?.map((error) => error.message).join('; ') ?? 'an answer without data');
    return data;
  }

  /** A session of its own. */
  async signIn(role: Role): Promise<string> {
    const { signIn } = await this.ask(null, SignInDocument, { input: { email: emailOf(role), password: PASSWORD } });
    return signIn!.token;
  }

  /** The session that all of a role's requests share. */
  token(role: Role): Promise<string> {
    const token = this.tokens.get(role) ?? this.signIn(role);
    this.tokens.set(role, token);
    return token;
  }

  async section(name = fresh('Section')): Promise<{ id: string; slug: string; name: string }> {
    const { createSection } = await this.ask('editor', CreateSectionDocument, { input: { name } });
    return createSection!.section;
  }

  /** A draft that lacks nothing. */
  async draft(input: Partial<CreateDraftInput> = {}, role: Role = 'writer') {
    this.anySection ??= this.section().then(({ id }) => id);
    const { createDraft } = await this.ask(role, CreateDraftDocument, {
      input: {
        headline: fresh('Story'),
        dek: 'What happened.',
        body: 'It happened.\n\nThen it was over.',
        sectionId: await this.anySection,
        ...input,
      },
    });
    return createDraft!.draft;
  }

  async update(input: UpdateDraftInput, role: Role = 'writer'): Promise<DraftCardFragment> {
    const { updateDraft } = await this.ask(role, UpdateDraftDocument, { input });
    return updateDraft!.draft;
  }

  async submit(draftId: string, revision: number): Promise<void> {
    await this.ask('writer', SubmitDraftDocument, { input: { draftId, revision } });
  }

  async approve(draftId: string, revision: number): Promise<void> {
    await this.ask('editor', ReviewDraftDocument, { input: { draftId, revision, stage: 'EDIT', verdict: 'APPROVE' } });
  }

  /** Submits, approves and publishes a draft's newest revision. */
  async publish(draftId: string, revision: number) {
    await this.submit(draftId, revision);
    await this.approve(draftId, revision);
    const { publishDraft } = await this.ask('publisher', PublishDraftDocument, { input: { draftId, revision } });
    return publishDraft!;
  }

  /** A live article. */
  async article(input: Partial<CreateDraftInput> = {}) {
    const draft = await this.draft(input);
    return this.publish(draft.id, draft.revision.number);
  }

  /** The newest event in the log. */
  async newestEvent(filter?: EventFilter): Promise<string> {
    const { events } = await this.ask('admin', EventsDocument, { filter: filter ?? null, last: 1 });
    return events.nodes[0]!.id;
  }
}
