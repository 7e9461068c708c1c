// The server through Apollo Client: what it caches, pages, updates, reports, and follows.

import { createHash, randomUUID } from 'node:crypto';

import { ApolloLink, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import type { GraphQLFormattedError } from 'graphql';
import { print } from 'graphql';
import { tap } from 'rxjs';

import { check, Queue, same, scene, within } from './checks.js';
import { Cutter } from './cutter.js';
import { desk, possibleTypesOf, refusal, watch } from './desk.js';
import type { Desk } from './desk.js';
import {
  AddCommentDocument,
  AnyNodeDocument,
  ArticlePageDocument,
  ArticlePublishedDocument,
  ArticlesAndDraftDocument,
  ArticlesDocument,
  AuthorPageDocument,
  CreateAuthorDocument,
  CreateDraftDocument,
  CreateSectionDocument,
  DraftChangedDocument,
  DraftDeskDocument,
  DraftsDocument,
  EventFeedDocument,
  EventsDocument,
  PublishDraftDocument,
  RecallDraftDocument,
  ReviewDraftDocument,
  SetRelatedLinksDocument,
  SubmitDraftDocument,
  UnpublishArticleDocument,
  UpdateAuthorDocument,
  UpdateDraftDocument,
  UpdateSectionDocument,
  ViewerDocument,
} from './generated/graphql.js';
import type { ArticlesQuery, EventFilter, UpdateDraftInput } from './generated/graphql.js';
import { emailOf, fresh } from './newsroom.js';
import type { Newsroom } from './newsroom.js';

const headlines = (data: ArticlesQuery | undefined): string[] =>
  (data?.articles.edges ?? []).map(({ node }) => node.headline);

async function typedQueries(newsroom: Newsroom): Promise<void> {
  const possible = await possibleTypesOf(newsroom);
  for (const name of ['Node', 'Block', 'RelatedTarget', 'DraftRelatedTarget']) {
    check(`introspection says what ${name} may be`, (possible[name]?.length ?? 0) > 1, possible[name]);
  }

  const headline = fresh('Lamps');
  const target = await newsroom.article();
  const draft = await newsroom.draft({ headline, body: '## Why\n\nIt was *dark*.\n\n---\n', tags: ['Lamps'] });
  await newsroom.ask('editor', SetRelatedLinksDocument, {
    input: {
      draftId: draft.id,
      links: [
        { kind: 'BACKGROUND', draftId: target.draft.id },
        { kind: 'RELATED', url: 'https://lamps.example/', title: 'A lamp' },
      ],
    },
  });
  const { article } = await newsroom.publish(draft.id, 1);

  const { client, exchanges, stop } = await desk(newsroom);
  const page = await client.query({ query: ArticlePageDocument, variables: { slug: article.slug } });
  const seen = page.data?.article;
  same('an article is found by its slug', seen?.headline, headline);
  same(
    'with its tags',
    seen?.tags.map(({ name }) => name),
    ['Lamps'],
  );
  same(
    'with its blocks, by type',
    seen?.body.blocks.map((block) => block.__typename),
    ['HeadingBlock', 'ParagraphBlock', 'DividerBlock'],
  );
  const [heading] = seen?.body.blocks ?? [];
  same('with what is of that type alone', heading?.__typename === 'HeadingBlock' && heading.headingText, 'Why');
  same(
    'with its related links, articles and pages',
    seen?.related.map((link) => [link.kind, link.target.__typename]),
    [
      ['BACKGROUND', 'Article'],
      ['RELATED', 'ExternalPage'],
    ],
  );

  const sent = exchanges.length;
  const again = await client.query({ query: ArticlePageDocument, variables: { slug: article.slug } });
  same('the same question again is answered by the cache', [exchanges.length, again.data], [sent, page.data]);
  same(
    'and from the cache alone, unions included',
    client.readQuery({ query: ArticlePageDocument, variables: { slug: article.slug } }),
    page.data,
  );

  const node = await client.query({ query: AnyNodeDocument, variables: { id: article.id } });
  same(
    'node finds the article by its id',
    node.data?.node && 'headline' in node.data.node && node.data.node.headline,
    headline,
  );
  const { cache } = client;
  same(
    'the cache keeps one article under its id',
    cache.identify({ __typename: 'Article', id: article.id }),
    `Article:${article.id}`,
  );
  const none = await client.query({ query: ArticlePageDocument, variables: { slug: 'there-is-no-such-story' } });
  same(
    'an article that there is not is null, without an error',
    [none.data, none.error],
    [{ article: null }, undefined],
  );

  const staff = await desk(newsroom, { role: 'writer' });
  const viewer = await staff.client.query({ query: ViewerDocument });
  same('the token says who asks', viewer.data?.viewer?.email, emailOf('writer'));
  await staff.stop();

  const partial = await client.query({
    query: ArticlesAndDraftDocument,
    variables: { id: draft.id },
    errorPolicy: 'all',
  });
  check('one field is refused, and the others are there', (partial.data?.articles.totalCount ?? 0) > 0, partial.data);
  same('the refused one is null', partial.data?.draft, null);
  check('with its error', partial.error !== undefined, partial.error);
  await stop();
}

async function paging(newsroom: Newsroom): Promise<void> {
  const section = await newsroom.section();
  const publish = async (headline: string) => {
    await newsroom.article({ headline, sectionId: section.id });
    return headline;
  };
  const old: string[] = [];
  for (let number = 1; number <= 7; number += 1) old.push(await publish(fresh(`Story ${number}`)));
  const { client, stop } = await desk(newsroom);
  const filter = { sectionSlug: section.slug };

  const newest = client.watchQuery({ query: ArticlesDocument, variables: { filter, first: 2 } });
  const list = watch(newest);
  const first = await list.shown.next('the first page');
  same('a first page has as many as asked for', headlines(first), [...old].reverse().slice(0, 2));
  same('totalCount counts all', first.articles.totalCount, 7);
  same(
    'there is a next page and none before',
    [first.articles.pageInfo.hasNextPage, first.articles.pageInfo.hasPreviousPage],
    [true, false],
  );
  const between: string[] = [];
  let shown = first;
  while (shown.articles.pageInfo.hasNextPage && between.length < 10) {
    between.push(await publish(fresh(`Published between pages ${between.length + 1}`)));
    await newest.fetchMore({ variables: { after: shown.articles.pageInfo.endCursor } });
    const { length } = headlines(shown);
    shown = await list.shown.next('another page', (data) => headlines(data).length > length);
  }
  same(
    'fetchMore, newest first, while others publish: nothing twice, nothing lost',
    headlines(shown),
    [...old].reverse(),
  );
  check('at the end there is no next page', !shown.articles.pageInfo.hasNextPage, shown.articles.pageInfo);
  await newest.refetch();
  const top = await list.shown.next('the list from its top', (data) => headlines(data).length === 2);
  same('a refetch shows what was published meanwhile', headlines(top), [...between].reverse().slice(0, 2));
  list.stop();

  const all = [...old, ...between];
  const backwards = await desk(newsroom);
  const tail = backwards.client.watchQuery({ query: ArticlesDocument, variables: { filter, last: 4 } });
  const above = watch(tail);
  let upper = await above.shown.next('the last page');
  same('last gives the end of the list', headlines(upper), [...all].reverse().slice(-4));
  for (let page = 0; upper.articles.pageInfo.hasPreviousPage && page < 10; page += 1) {
    await tail.fetchMore({ variables: { before: upper.articles.pageInfo.startCursor } });
    const { length } = headlines(upper);
    upper = await above.shown.next('the page before', (data) => headlines(data).length > length);
  }
  same('fetchMore with before leads to its top', headlines(upper), [...all].reverse());
  above.stop();
  await backwards.stop();

  const oldest = client.watchQuery({
    query: ArticlesDocument,
    variables: { filter, orderBy: 'PUBLISHED_AT_ASC', first: 4 },
  });
  const upwards = watch(oldest);
  let sofar = await upwards.shown.next('the first page');
  for (let page = 0; sofar.articles.pageInfo.hasNextPage && page < 20; page += 1) {
    if (page === 1) all.push(await publish(fresh('At the end')));
    await oldest.fetchMore({ variables: { after: sofar.articles.pageInfo.endCursor } });
    const { length } = headlines(sofar);
    sofar = await upwards.shown.next('another page', (data) => headlines(data).length > length);
  }
  same('fetchMore, oldest first, while others publish: nothing twice, nothing lost', headlines(sofar), all);
  upwards.stop();

  const other = await newsroom.section();
  const empty = await client.query({
    query: ArticlesDocument,
    variables: { filter: { sectionSlug: other.slug }, first: 3 },
  });
  same('a list with another filter is another list', [headlines(empty.data), empty.data?.articles.totalCount], [[], 0]);
  same(
    'whose page has no cursors',
    [empty.data?.articles.pageInfo.hasNextPage, empty.data?.articles.edges.length],
    [false, 0],
  );
  await stop();

  const staff = await desk(newsroom, { role: 'writer' });
  const written: string[] = [];
  for (let number = 1; number <= 5; number += 1) written.unshift((await newsroom.draft({ sectionId: other.id })).id);
  const queue = staff.client.watchQuery({
    query: DraftsDocument,
    variables: { filter: { sectionId: other.id }, orderBy: 'CREATED_AT_DESC', first: 2 },
  });
  const drafts = watch(queue);
  let rows = await drafts.shown.next('the first drafts');
  for (let page = 0; rows.drafts.pageInfo.hasNextPage && page < 10; page += 1) {
    await newsroom.draft({ sectionId: other.id });
    await queue.fetchMore({ variables: { after: rows.drafts.pageInfo.endCursor } });
    const { length } = rows.drafts.edges;
    rows = await drafts.shown.next('more drafts', (data) => data.drafts.edges.length > length);
  }
  same(
    'drafts page alike while others write',
    rows.drafts.edges.map(({ node }) => node.id),
    written,
  );
  drafts.stop();
  await staff.stop();
}

/** Does something that must need one request, and waits until whoever watches is shown it. */
async function arrives<Data>(
  what: string,
  { exchanges }: Desk,
  shown: Queue<Data>,
  act: () => Promise<unknown>,
  wanted: (data: Data) => boolean,
): Promise<Data> {
  const sent = exchanges.length;
  await act();
  try {
    const data = await shown.next(what, wanted);
    same(`${what}: whoever watches is shown it, without another request`, exchanges.length, sent + 1);
    return data;
  } catch {
    check(`${what}: whoever watches is shown it, without another request`, false, shown.all.at(-1));
    return shown.all.at(-1)!;
  }
}

async function cacheUpdates(newsroom: Newsroom): Promise<void> {
  const writer = await desk(newsroom, { role: 'writer' });
  const section = await newsroom.section();
  const { createAuthor } = await newsroom.ask('editor', CreateAuthorDocument, { input: { name: fresh('Author') } });
  const author = createAuthor!.author;
  const created = await writer.client.mutate({
    mutation: CreateDraftDocument,
    variables: {
      input: {
        headline: fresh('Draft'),
        dek: 'So far.',
        body: 'It began.',
        sectionId: section.id,
        authorIds: [author.id],
      },
    },
  });
  const draft = created.data!.createDraft!.draft;
  const draftId = draft.id;
  const onDesk = watch(writer.client.watchQuery({ query: DraftDeskDocument, variables: { id: draftId } }));
  await onDesk.shown.next('the draft');

  const headline = fresh('Renamed');
  const updated = await arrives(
    'updateDraft',
    writer,
    onDesk.shown,
    () =>
      writer.client.mutate({
        mutation: UpdateDraftDocument,
        variables: { input: { draftId, baseRevision: 1, headline } },
      }),
    ({ draft }) => draft?.revision.number === 2,
  );
  same(
    'updateDraft: with what changed, and what did not',
    [updated.draft?.revision.headline, updated.draft?.revision.dek],
    [headline, 'So far.'],
  );
  const submitted = await arrives(
    'submitDraft',
    writer,
    onDesk.shown,
    () => writer.client.mutate({ mutation: SubmitDraftDocument, variables: { input: { draftId, revision: 2 } } }),
    ({ draft }) => draft?.state === 'IN_REVIEW',
  );
  check(
    'submitDraft: with what may be done now',
    submitted.draft?.allowedActions.includes('RECALL') ?? false,
    submitted.draft?.allowedActions,
  );
  await arrives(
    'recallDraft',
    writer,
    onDesk.shown,
    () => writer.client.mutate({ mutation: RecallDraftDocument, variables: { input: { draftId } } }),
    ({ draft }) => draft?.state === 'DRAFTING',
  );
  await arrives(
    'addComment',
    writer,
    onDesk.shown,
    () => writer.client.mutate({ mutation: AddCommentDocument, variables: { input: { draftId, body: 'More?' } } }),
    ({ draft }) => draft?.comments.totalCount === 1,
  );
  await arrives(
    'setRelatedLinks',
    writer,
    onDesk.shown,
    () =>
      writer.client.mutate({
        mutation: SetRelatedLinksDocument,
        variables: { input: { draftId, links: [{ url: 'https://more.example/', title: 'More' }] } },
      }),
    ({ draft }) => draft?.relatedLinks.length === 1,
  );
  await writer.client.mutate({ mutation: SubmitDraftDocument, variables: { input: { draftId, revision: 2 } } });
  onDesk.stop();
  await writer.stop();

  // Administrators act in every role, and this one has written nothing here.
  const admin = await desk(newsroom, { role: 'admin' });
  const watched = watch(admin.client.watchQuery({ query: DraftDeskDocument, variables: { id: draftId } }));
  await watched.shown.next('the draft');
  const review = { draftId, revision: 2, stage: 'EDIT', verdict: 'APPROVE' } as const;
  const approved = await arrives(
    'reviewDraft',
    admin,
    watched.shown,
    () => admin.client.mutate({ mutation: ReviewDraftDocument, variables: { input: review } }),
    ({ draft }) => draft?.state === 'APPROVED',
  );
  check(
    'reviewDraft: its stage is complete',
    approved.draft?.stages.every(({ isComplete }) => isComplete) ?? false,
    approved.draft?.stages,
  );
  const published = await arrives(
    'publishDraft',
    admin,
    watched.shown,
    () => admin.client.mutate({ mutation: PublishDraftDocument, variables: { input: { draftId, revision: 2 } } }),
    ({ draft }) => draft?.state === 'PUBLISHED',
  );
  same('publishDraft: the draft has its article', published.draft?.article?.headline, headline);

  const slug = published.draft!.article!.slug;
  const page = watch(admin.client.watchQuery({ query: ArticlePageDocument, variables: { slug } }));
  const edition = await page.shown.next('the article');
  same('what is live is what was approved', [edition.article?.edition, edition.article?.headline], [1, headline]);
  const again = fresh('Second edition');
  await newsroom.update({ draftId, baseRevision: 2, headline: again });
  await newsroom.submit(draftId, 3);
  await newsroom.approve(draftId, 3);
  await arrives(
    'publishDraft of the next edition',
    admin,
    page.shown,
    () => admin.client.mutate({ mutation: PublishDraftDocument, variables: { input: { draftId, revision: 3 } } }),
    ({ article }) => article?.edition === 2 && article.headline === again,
  );
  const name = fresh('New name');
  await arrives(
    'updateAuthor, seen in an article',
    admin,
    page.shown,
    () =>
      admin.client.mutate({
        mutation: UpdateAuthorDocument,
        variables: { input: { authorId: author.id, baseVersion: 1, name } },
      }),
    ({ article }) => article?.authors[0]?.name === name,
  );
  const profile = await admin.client.query({ query: AuthorPageDocument, variables: { slug: author.slug } });
  same(
    'updateAuthor: the profile says so too, under its old slug',
    [profile.data?.author?.name, profile.data?.author?.version],
    [name, 2],
  );
  const sectionName = fresh('New section');
  await arrives(
    'updateSection, seen in an article',
    admin,
    page.shown,
    () =>
      admin.client.mutate({
        mutation: UpdateSectionDocument,
        variables: { input: { sectionId: section.id, name: sectionName } },
      }),
    ({ article }) => article?.section.name === sectionName,
  );
  const down = await arrives(
    'unpublishArticle',
    admin,
    watched.shown,
    () =>
      admin.client.mutate({
        mutation: UnpublishArticleDocument,
        variables: { input: { draftId, reason: 'It was a test.' } },
      }),
    ({ draft }) => draft?.state === 'UNPUBLISHED',
  );
  same('unpublishArticle: the draft has no article any more', down.draft?.article, null);
  page.stop();
  watched.stop();
  await admin.stop();
}

async function typedErrors(newsroom: Newsroom): Promise<void> {
  const anonymous = await desk(newsroom);
  const writer = await desk(newsroom, { role: 'writer' });
  const editor = await desk(newsroom, { role: 'editor' });
  const publisher = await desk(newsroom, { role: 'publisher' });
  const update = ({ client }: Desk, input: UpdateDraftInput) =>
    client.mutate({ mutation: UpdateDraftDocument, variables: { input } });
  const useful = (what: string, { message, all }: { message: string; all: readonly GraphQLFormattedError[] }) =>
    check(`${what}: in words, and with the path`, message.length > 10 && all[0]?.path !== undefined, all);

  const draft = await newsroom.draft();
  const draftId = draft.id;

  const nobody = await refusal(update(anonymous, { draftId, baseRevision: 1, dek: 'Mine.' }));
  same('UNAUTHENTICATED: the anonymous may not write', nobody.code, 'UNAUTHENTICATED');
  useful('UNAUTHENTICATED', nobody);
  const list = await refusal(anonymous.client.query({ query: DraftsDocument, variables: {} }));
  same('UNAUTHENTICATED: nor read drafts', list.code, 'UNAUTHENTICATED');

  const forbidden = await refusal(
    writer.client.mutate({ mutation: CreateSectionDocument, variables: { input: { name: fresh('Mine') } } }),
  );
  same('FORBIDDEN: a writer makes no section', forbidden.code, 'FORBIDDEN');
  useful('FORBIDDEN', forbidden);

  const unknown = draftId.replace(/.{8}$/, '00000000');
  const missing = await refusal(update(writer, { draftId: unknown, baseRevision: 1, dek: 'Whose?' }));
  same('NOT_FOUND: an id that nothing has', missing.code, 'NOT_FOUND');
  useful('NOT_FOUND', missing);

  const malformed = await refusal(update(writer, { draftId: 'draft_x', baseRevision: 1, dek: 'Whose?' }));
  same('BAD_USER_INPUT: an id that is malformed', malformed.code, 'BAD_USER_INPUT');
  const wrong = await refusal(
    writer.client.mutate({
      mutation: CreateDraftDocument,
      variables: { input: { headline: ' ', slug: '!!', body: 'x' } },
    }),
  );
  same('BAD_USER_INPUT: more than one value', wrong.code, 'BAD_USER_INPUT');
  const fields: { path: string; message: string }[] = wrong.extensions.fields ?? [];
  same('BAD_USER_INPUT: all of them at once, by path', fields.map(({ path }) => path).sort(), ['headline', 'slug']);
  check(
    'BAD_USER_INPUT: each in words',
    fields.every(({ message }) => message.length > 0),
    fields,
  );
  const scalar = await refusal(update(writer, { draftId, baseRevision: 1, dueAt: 'tomorrow' }));
  same('BAD_USER_INPUT: a date that is none', scalar.code, 'BAD_USER_INPUT');
  check('BAD_USER_INPUT: says which', JSON.stringify(scalar.extensions.fields ?? []).includes('dueAt'), scalar.all);
  const variable = await refusal(
    writer.client.mutate({
      mutation: UpdateDraftDocument,
      variables: { input: { draftId, baseRevision: 'one' } } as never,
    }),
  );
  const bad = ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED'];
  check('a number that is none is refused with a code', bad.includes(String(variable.code)), variable.all);
  const page = await refusal(anonymous.client.query({ query: ArticlesDocument, variables: { first: 101 } }));
  same('BAD_USER_INPUT: a page of 101', page.code, 'BAD_USER_INPUT');

  await update(writer, { draftId, baseRevision: 1, headline: 'Theirs' });
  const stale = await refusal(update(editor, { draftId, baseRevision: 1, headline: 'Mine' }));
  same('STALE_REVISION: an edit made on an old revision', stale.code, 'STALE_REVISION');
  same('STALE_REVISION: says which is the newest', stale.extensions.currentRevision, 2);
  check(
    'STALE_REVISION: since when and by whom',
    !!stale.extensions.changedAt && !!stale.extensions.changedBy,
    stale.extensions,
  );
  const conflict = stale.extensions.conflicts?.find(({ field }: { field: string }) => field === 'headline');
  same(
    'STALE_REVISION: what is there, what it was, and what one meant',
    conflict && [conflict.base, conflict.current, conflict.yours],
    [draft.revision.headline, 'Theirs', 'Mine'],
  );
  useful('STALE_REVISION', stale);
  const merged = await update(editor, { draftId, baseRevision: 1, dek: 'Mine.', onConflict: 'MERGE' });
  same('what does not overlap is merged when asked', merged.data?.updateDraft?.draft.revision.headline, 'Theirs');
  const overlap = await refusal(update(editor, { draftId, baseRevision: 1, dek: 'Mine too.', onConflict: 'MERGE' }));
  same(
    'STALE_REVISION: what overlaps is not',
    [overlap.code, overlap.extensions.conflicts?.map(({ field }: { field: string }) => field)],
    ['STALE_REVISION', ['dek']],
  );

  await newsroom.submit(draftId, 3);
  const twice = await refusal(
    writer.client.mutate({ mutation: SubmitDraftDocument, variables: { input: { draftId, revision: 3 } } }),
  );
  same('INVALID_TRANSITION: what was submitted', twice.code, 'INVALID_TRANSITION');
  same('INVALID_TRANSITION: says the state', twice.extensions.state, 'IN_REVIEW');
  const allowed = (await writer.client.query({ query: DraftDeskDocument, variables: { id: draftId } })).data?.draft
    ?.allowedActions;
  same(
    'INVALID_TRANSITION: says what may be done',
    [...(twice.extensions.allowedActions ?? [])].sort(),
    [...(allowed ?? [])].sort(),
  );
  useful('INVALID_TRANSITION', twice);

  const unapproved = await refusal(
    publisher.client.mutate({ mutation: PublishDraftDocument, variables: { input: { draftId, revision: 3 } } }),
  );
  same(
    'APPROVALS_MISSING: with the stages',
    [unapproved.code, unapproved.extensions.stages],
    ['APPROVALS_MISSING', ['EDIT']],
  );
  const review = { draftId, revision: 3, stage: 'EDIT', verdict: 'APPROVE' } as const;
  const self = await refusal(editor.client.mutate({ mutation: ReviewDraftDocument, variables: { input: review } }));
  same('SELF_APPROVAL: whoever wrote it may not approve it', self.code, 'SELF_APPROVAL');

  const bare = await newsroom.draft({ body: null });
  const checks = await refusal(
    writer.client.mutate({ mutation: SubmitDraftDocument, variables: { input: { draftId: bare.id, revision: 1 } } }),
  );
  same('CHECKS_FAILED: a draft without a body', checks.code, 'CHECKS_FAILED');
  const failed: { code: string; severity: string }[] = checks.extensions.checks ?? [];
  check(
    'CHECKS_FAILED: says which',
    failed.some(({ code, severity }) => code === 'BODY' && severity === 'BLOCKER'),
    checks.extensions,
  );

  const taken = await newsroom.draft();
  const input = { headline: fresh('Another'), slug: taken.revision.slug };
  const slug = await refusal(writer.client.mutate({ mutation: CreateDraftDocument, variables: { input } }));
  same('SLUG_TAKEN: a slug of another draft', slug.code, 'SLUG_TAKEN');
  const second = await writer.client.mutate({
    mutation: CreateDraftDocument,
    variables: { input: { ...input, slug: slug.extensions.suggestion } },
  });
  same('SLUG_TAKEN: its suggestion is free', second.data?.createDraft?.draft.revision.slug, slug.extensions.suggestion);

  const { createAuthor } = await newsroom.ask('editor', CreateAuthorDocument, { input: { name: fresh('Author') } });
  const authorId = createAuthor!.author.id;
  await newsroom.ask('editor', UpdateAuthorDocument, { input: { authorId, baseVersion: 1, title: 'First' } });
  const other = await refusal(
    editor.client.mutate({
      mutation: UpdateAuthorDocument,
      variables: { input: { authorId, baseVersion: 1, title: 'Second' } },
    }),
  );
  same('CONFLICT: an author that has changed since', other.code, 'CONFLICT');

  const invalid = await refusal(
    anonymous.client.query({
      query: gql`
        query Invalid {
          articles {
            nope
          }
        }
      `,
    }),
  );
  same('GRAPHQL_VALIDATION_FAILED: a field that there is not', invalid.code, 'GRAPHQL_VALIDATION_FAILED');
  same('GRAPHQL_VALIDATION_FAILED: says where', typeof invalid.all[0]?.locations?.[0]?.line, 'number');

  for (const one of [anonymous, writer, editor, publisher]) await one.stop();
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A query that no server has ever seen. */
const unseen = (selection: string) => gql(`query Unseen_${randomUUID().replaceAll('-', '')} { ${selection} }`);

async function persistedQueries(newsroom: Newsroom): Promise<void> {
  const persisted = (useGETForHashedQueries: boolean, role?: 'writer') =>
    desk(newsroom, { role, link: new PersistedQueryLink({ sha256, useGETForHashedQueries }) });
  const hashOf = (body: { extensions?: { persistedQuery?: { sha256Hash?: string } } } | undefined) =>
    body?.extensions?.persistedQuery?.sha256Hash;

  const byPost = unseen('site { name url }');
  const first = await persisted(false);
  const answer = await first.client.query({ query: byPost });
  check('by POST: an unknown query is answered in the end', !!answer.data, answer.error);
  same(
    'by POST: at first with its hash alone, then in full',
    first.exchanges.map(({ method, body }) => [method, 'query' in body]),
    [
      ['POST', false],
      ['POST', true],
    ],
  );
  const [asked] = first.exchanges;
  same(
    'by POST: the first answer is PERSISTED_QUERY_NOT_FOUND',
    asked?.answer.errors?.[0]?.extensions?.code,
    'PERSISTED_QUERY_NOT_FOUND',
  );
  check(
    'by POST: which nobody may keep',
    /no-store/.test(asked?.headers.get('cache-control') ?? ''),
    asked?.headers.get('cache-control'),
  );
  const second = await persisted(false);
  const known = await second.client.query({ query: byPost });
  same(
    'by POST: then the hash is enough, for everybody',
    second.exchanges.map(({ method, body }) => [method, 'query' in body]),
    [['POST', false]],
  );
  same('by POST: the answer is the same', known.data, answer.data);

  const byGet = unseen('sections { id name }');
  const getter = await persisted(true);
  await getter.client.query({ query: byGet });
  same(
    'by GET: an unknown query is asked by GET, then sent by POST',
    getter.exchanges.map(({ method }) => method),
    ['GET', 'POST'],
  );
  same(
    'by GET: the first answer is PERSISTED_QUERY_NOT_FOUND',
    getter.exchanges[0]?.answer.errors?.[0]?.extensions?.code,
    'PERSISTED_QUERY_NOT_FOUND',
  );
  check(
    'by GET: which nobody may keep',
    /no-store/.test(getter.exchanges[0]?.headers.get('cache-control') ?? ''),
    getter.exchanges[0]?.headers.get('cache-control'),
  );
  const reader = await persisted(true);
  const read = await reader.client.query({ query: byGet });
  const [get] = reader.exchanges;
  same(
    'by GET: then the hash is enough',
    [reader.exchanges.length, get?.method, get?.url.searchParams.has('query')],
    [1, 'GET', false],
  );
  check('by GET: with the data', !!read.data, read.error);

  const section = await newsroom.section();
  await newsroom.article({ sectionId: section.id });
  const variables = { filter: { sectionSlug: section.slug }, first: 5 };
  await (await persisted(true)).client.query({ query: ArticlesDocument, variables });
  const lists = await persisted(true);
  const filtered = await lists.client.query({ query: ArticlesDocument, variables });
  same('by GET: variables are read', [lists.exchanges.length, filtered.data?.articles.totalCount], [1, 1]);
  const fewer = await lists.client.query({
    query: ArticlesDocument,
    variables: { filter: { sectionSlug: 'no-such-section' }, first: 5 },
  });
  same('by GET: and other variables have another answer', fewer.data?.articles.totalCount, 0);

  const staff = await persisted(true, 'writer');
  const viewer = await staff.client.query({ query: ViewerDocument });
  same('by GET: the token says who asks', viewer.data?.viewer?.email, emailOf('writer'));
  const draft = await newsroom.draft();
  const dek = async (baseRevision: number) => {
    const sent = staff.exchanges.length;
    const input = { draftId: draft.id, baseRevision, dek: fresh('Dek') };
    const changed = await staff.client.mutate({ mutation: UpdateDraftDocument, variables: { input } });
    return {
      methods: staff.exchanges.slice(sent).map(({ method }) => method),
      number: changed.data?.updateDraft?.draft.revision.number,
    };
  };
  await dek(1);
  same('a mutation by its hash goes by POST, and is done once', await dek(2), { methods: ['POST'], number: 3 });

  const mutation = staff.exchanges.at(-1);
  const address = new URL(newsroom.url);
  address.searchParams.set('extensions', JSON.stringify(mutation?.body.extensions));
  address.searchParams.set(
    'variables',
    JSON.stringify({ input: { draftId: draft.id, baseRevision: 3, dek: 'By GET.' } }),
  );
  const authorization = `Bearer ${await newsroom.token('writer')}`;
  const byHash = await fetch(address, { headers: { authorization, 'apollo-require-preflight': 'true' } });
  same('a mutation by its hash is refused by GET', byHash.status, 405);
  const { data } = await staff.client.query({
    query: DraftDeskDocument,
    variables: { id: draft.id },
    fetchPolicy: 'network-only',
  });
  same('and has not been done', data?.draft?.revision.number, 3);

  const post = async (body: unknown) => {
    const response = await fetch(newsroom.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as { data?: unknown; errors?: GraphQLFormattedError[] };
  };
  const register = (query: string, sha256Hash = sha256(query)) =>
    post({ query, extensions: { persistedQuery: { version: 1, sha256Hash } } });
  const recall = (query: string) => post({ extensions: { persistedQuery: { version: 1, sha256Hash: sha256(query) } } });

  const innocent = print(unseen('site { name }'));
  const harmful = print(unseen('site { url }'));
  const mismatch = await register(harmful, sha256(innocent));
  check('a query under the hash of another is refused', !!mismatch.errors && !mismatch.data, mismatch);
  same('and not kept', (await recall(innocent)).errors?.[0]?.extensions?.code, 'PERSISTED_QUERY_NOT_FOUND');
  const invalid = print(unseen('nope'));
  same(
    'a query that is not valid is refused',
    (await register(invalid)).errors?.[0]?.extensions?.code,
    'GRAPHQL_VALIDATION_FAILED',
  );
  same('and not kept', (await recall(invalid)).errors?.[0]?.extensions?.code, 'PERSISTED_QUERY_NOT_FOUND');
  const fine = print(unseen('site { name }'));
  check('a query under its own hash is answered', !!(await register(fine)).data);
  check('and kept', !!(await recall(fine)).data);
  check(
    'hashes are those of the documents',
    hashOf(first.exchanges[0]?.body) === sha256(first.exchanges[1]?.body.query),
  );

  for (const one of [first, second, getter, reader, lists, staff]) await one.stop();
}

async function following(newsroom: Newsroom): Promise<void> {
  const reader = await desk(newsroom);
  const one = await newsroom.article();
  const { slug } = one.article;
  const page = watch(reader.client.watchQuery({ query: ArticlePageDocument, variables: { slug } }));
  await page.shown.next('the article');
  const published = new Queue<string>();
  const live = reader.client.subscribe({ query: ArticlePublishedDocument }).subscribe({
    next: ({ data, error }) => (error ? published.end(error) : published.push(data!.articlePublished.id)),
  });
  const staff = await desk(newsroom, { role: 'editor' });
  const onDesk = watch(staff.client.watchQuery({ query: DraftDeskDocument, variables: { id: one.draft.id } }));
  await onDesk.shown.next('the draft');
  const changed = new Queue<string>();
  const changes = staff.client.subscribe({ query: DraftChangedDocument, variables: { id: one.draft.id } }).subscribe({
    next: ({ data, error }) => (error ? changed.end(error) : changed.push(data!.draftChanged.id)),
  });

  // Nobody is told when a subscription has begun: what happens first may be missed, what happens next may not.
  let revision = 1;
  for (let attempt = 0; attempt < 5 && !(published.all.length && changed.all.length); attempt += 1) {
    await newsroom.update({ draftId: one.draft.id, baseRevision: revision, headline: fresh('Edition') });
    revision += 1;
    await newsroom.publish(one.draft.id, revision);
    await Promise.all([
      published.next('an edition', undefined, 1_000),
      changed.next('a change', undefined, 1_000),
    ]).catch(() => {});
  }
  const sent = [reader.exchanges.length, staff.exchanges.length];
  const headline = fresh('The latest');
  await newsroom.update({ draftId: one.draft.id, baseRevision: revision, headline });
  const draft = await onDesk.shown.next('the new revision', (data) => data.draft?.revision.headline === headline);
  same('draftChanged: whoever watches the draft is shown its new state', draft.draft?.state, 'DRAFTING');
  await newsroom.publish(one.draft.id, revision + 1);
  const article = await page.shown.next('the new edition', (data) => data.article?.headline === headline);
  same(
    'articlePublished: whoever watches the article is shown its new edition',
    article.article?.edition,
    revision + 1,
  );
  same('without a request', [reader.exchanges.length, staff.exchanges.length], sent);
  for (const one of [live, changes]) one.unsubscribe();
  page.stop();
  onDesk.stop();

  const refused = await within(
    'a refusal',
    new Promise<unknown>((resolve) => {
      reader.client.subscribe({ query: EventFeedDocument, variables: {} }).subscribe({
        next: ({ error }) => resolve(error),
        error: resolve,
      });
    }),
  );
  const { code } = await refusal(Promise.reject(refused));
  same('events: the anonymous are refused, with a code', code, 'UNAUTHENTICATED');
  await reader.stop();
  await staff.stop();
}

/** Asks, after a reconnect, for what came after the last event that was seen. */
const resume = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    tap(({ data }) => {
      const event = data?.events as { id: string } | undefined;
      // graphql-ws sends the operation anew as it is then.
      if (event) operation.variables.after = event.id;
    }),
  ),
);

async function reconnecting(newsroom: Newsroom): Promise<void> {
  const CUTS = [3, 8, 14, 21, 29];
  const WRITES = 40;
  const cutter = await Cutter.to(newsroom.url);
  let connected = 0;
  const { client, stop } = await desk(newsroom, {
    role: 'editor',
    socketLink: resume,
    socketOptions: {
      url: cutter.url,
      retryAttempts: 100,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
      shouldRetry: () => true,
      on: { connected: () => (connected += 1) },
    },
  });
  const draft = await newsroom.draft();
  const filter: EventFilter = { draftId: draft.id };
  const after = await newsroom.newestEvent(filter);
  const heard = new Queue<string>();
  let cuts = 0;
  const subscription = client.subscribe({ query: EventFeedDocument, variables: { filter, after } }).subscribe({
    next: ({ data, error }) => {
      if (error) return heard.end(error);
      heard.push(data!.events.id);
      // What was received before a cut is still told after it: the next cut is for the next connection.
      if (connected > cuts && heard.all.length >= (CUTS[cuts] ?? Infinity)) {
        cuts += 1;
        cutter.cut();
      }
    },
    error: (error: Error) => heard.end(error),
    complete: () => heard.end(new Error('the subscription is complete')),
  });

  for (let number = 1; number <= WRITES; number += 1) {
    // Whoever writes far ahead of the reader would leave no writes for the time after the last cut.
    await heard.reach(`event ${number - 8}`, number - 8, 10_000);
    await newsroom.update({ draftId: draft.id, baseRevision: number, dek: fresh('Dek') });
  }
  const log = await newsroom.ask('editor', EventsDocument, { filter, first: 100 });
  const written = log.events.nodes.map(({ id }) => id).slice(1);
  same('the log has each write', written.length, WRITES);
  await heard.reach('the last event', WRITES, 10_000);
  // One more, so that a copy of an earlier one would have come before it.
  await newsroom.submit(draft.id, WRITES + 1);
  const end = await newsroom.newestEvent(filter);
  await heard.next('the end', (id) => id === end);
  same('the wire was cut five times', cuts, CUTS.length);
  check('and the client came back each time', connected === CUTS.length + 1, {
    connected,
    connections: cutter.connections,
  });
  same('events with `after`: each once', heard.all.length, new Set(heard.all).size);
  same('events with `after`: all of them, in order', heard.all, [...written, end]);
  subscription.unsubscribe();
  await stop();
  cutter.end();
}

export async function apollo(newsroom: Newsroom): Promise<void> {
  await scene('typed queries', () => typedQueries(newsroom));
  await scene('paging', () => paging(newsroom));
  await scene('updates of the cache', () => cacheUpdates(newsroom));
  await scene('typed errors', () => typedErrors(newsroom));
  await scene('persisted queries', () => persistedQueries(newsroom));
  await scene('subscriptions and the cache', () => following(newsroom));
  await scene('reconnecting', () => reconnecting(newsroom));
}
