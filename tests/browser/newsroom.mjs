// What an editor does before there is a preview to look at, through the API as an editor's tool would.

import { picture } from './picture.mjs';

const LONG_WORD = 'donaudampfschifffahrtsgesellschaftskapitän';

/** What the preview has to show. */
export const STORY = {
  headline: `Lanterns & <em>low tide</em>: “the pier reopens” after the ${LONG_WORD}’s vote`,
  dek: 'Four winters, one storm and a bake sale later, the town walks out over the water again.',
  tags: ['pier', '<b>tides</b>', 'اللغة العربية'],
  author: {
    name: 'Ana “Ñ” <i>Ölmez</i>',
    title: 'Coast & harbour writer',
    bio: '## Who\n\nAna keeps a **tide table** in every coat.\n\n![a cat](https://cdn.example.com/cat.jpg)\n',
  },
  hero: {
    alt: 'The pier at dusk, seen from the beach',
    caption: 'The pier on its first evening.',
    credit: 'Made of numbers',
  },
  correction: 'An earlier version gave the pier’s length in <feet>; it is 412 metres.',
  external: {
    title: 'Tide tables for the bay',
    url: 'https://tides.example/bay?month=11&unit=m',
    note: 'From the harbour office.',
  },
  video: 'https://www.youtube.com/watch?v=dQw4w9WgXcQ',
  picture: 'https://cdn.example.com/pier/lanterns.jpg?w=1200&fit=crop',
  affiliate: 'https://www.amazon.com/dp/B000000001?tag=copydeskdemo-20',
};

/** The body, with every kind of block. `own` is the address of an image of the site, where there is one. */
function body(own) {
  return `The gate was unlocked at 6:40, and by seven the boards were full.[^1] Nobody ran;
[everybody looked down](https://tides.example/boards).

## What is *new*

- lanterns that dim when the moon is up
- benches made of the old boards
  - each with a name
- a shelter at the far end

1. walk
2. stop
3. look back

> We counted boards until we lost count, and then we counted people.
>
> — [Mirel Adeyemi](https://tides.example/mirel), who keeps the gate

![Lanterns on the "old" pier &lt;at night&gt;](${STORY.picture} "Lanterns, before the storm.")

A small one ![flag](https://cdn.example.com/flag.png) in the text, and
[![A linked map](https://cdn.example.com/map.png)](https://tides.example/map).

${own ? `![Boards drying](${own} "Every board was turned once a week.")` : ''}

${STORY.video}

https://bsky.app/profile/pier.example/post/3kabc

### What to bring

The [storm lantern](${STORY.affiliate}) that half the town seems to own.

| evening | high water | low water | lanterns lit | what the keeper wrote in the book |
| --- | --: | --: | :-: | --- |
| Monday | 18:12 | 00:31 | 96 | ferry late, children early |
| Tuesday | 19:03 | 01:20 | 96 | nobody wanted to go home |
| Wednesday | 19:58 | 02:14 | 4 | storm; all but the corner lights off |

\`\`\`python
def lanterns(moon: float, people: int) -> int:
    """How many are lit, given the moon and the people on the boards, whichever asks for more."""
    return max(4, round(96 * (1 - moon)), people // 3)
\`\`\`

#### Small print

Run \`pier --lanterns=96 --until=${'midnight'.repeat(9)}\` or write to ${'extraordinarily'.repeat(12)}.

كان الرصيف مزدحماً قبل السابعة، ولم يركض أحد. 👩🏽‍🚒🎏🌊

<details><summary>How the boards were chosen</summary>
<p>By <mark>weight</mark>, with <kbd>Tab</kbd> and H<sub>2</sub>O.</p></details>

* * *

~~Closed on Mondays.~~ Open every day.[^2]

[^1]: By the count at the gate.
[^2]: Unless the sea says otherwise.
`;
}

/** Asks the API; a refusal is an error with the server's words. */
export function client(base) {
  let token;
  return async function ask(query, variables = {}) {
    const response = await fetch(new URL('graphql', base), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(`${query.slice(0, 80)}…: ${errors.map((error) => error.message).join('; ')}`);
    token = data.signIn?.token ?? token;
    return data;
  };
}

/** Signs in, writes the story, publishes it twice, changes it, and gives the preview of what is unpublished. */
export async function previewOfAStory(base, email, password) {
  const ask = client(base);
  await ask('mutation ($input: SignInInput!) { signIn(input: $input) { token } }', { input: { email, password } });
  const { sections, articles, mutations } = await ask(`{
    sections { id name }
    articles(orderBy: PUBLISHED_AT_ASC, first: 2) { nodes { headline draft { id } } }
    mutations: __type(name: "Mutation") { fields { name } }
  }`);
  const images = mutations.fields.some((field) => field.name === 'createImageUpload');
  const hero = images && (await upload(ask, STORY.hero));
  const { createAuthor } = await ask(
    'mutation ($input: CreateAuthorInput!) { createAuthor(input: $input) { author { id url } } }',
    { input: { ...STORY.author, ...(hero && { avatarId: hero.id }) } },
  );
  const { createDraft } = await ask(
    'mutation ($input: CreateDraftInput!) { createDraft(input: $input) { draft { id } } }',
    {
      input: {
        headline: 'The pier reopens',
        dek: 'It is open.',
        body: 'It is open.',
        sectionId: sections[0].id,
        tags: STORY.tags,
        authorIds: [createAuthor.author.id],
        ...(hero && { heroImageId: hero.id }),
      },
    },
  );
  const draftId = createDraft.draft.id;
  await publish(ask, draftId, 1);
  await update(ask, { draftId, baseRevision: 1, dek: STORY.dek });
  await publish(ask, draftId, 2, { kind: 'CORRECTION', note: STORY.correction });
  await update(ask, { draftId, baseRevision: 2, headline: STORY.headline, body: body(hero && hero.url) });
  await ask('mutation ($input: SetRelatedLinksInput!) { setRelatedLinks(input: $input) { draft { id } } }', {
    input: {
      draftId,
      links: [
        ...articles.nodes.map(({ draft }, at) => ({ kind: ['FOLLOW_UP', 'BACKGROUND'][at], draftId: draft.id })),
        { kind: 'RELATED', ...STORY.external },
      ],
    },
  });
  const { createPreview } = await ask(
    'mutation ($input: CreatePreviewInput!) { createPreview(input: $input) { token url expiresAt } }',
    { input: { draftId } },
  );
  const related = [...articles.nodes.map((article) => article.headline), STORY.external.title];
  return { ...createPreview, section: sections[0].name, author: createAuthor.author, related, hero };
}

async function update(ask, input) {
  await ask('mutation ($input: UpdateDraftInput!) { updateDraft(input: $input) { draft { id } } }', { input });
}

async function publish(ask, draftId, revision, correction) {
  await ask('mutation ($input: PublishDraftInput!) { publishDraft(input: $input) { article { id } } }', {
    input: { draftId, revision, correction, override: { reason: 'A browser test needs editions.' } },
  });
}

async function upload(ask, input) {
  const { createImageUpload } = await ask(
    'mutation ($input: CreateImageUploadInput!) { createImageUpload(input: $input) { uploadUrl } }',
    { input },
  );
  const response = await fetch(createImageUpload.uploadUrl, {
    method: 'PUT',
    headers: { 'content-type': 'image/png' },
    body: picture(1600, 900),
  });
  if (!response.ok) throw new Error(`the upload was answered with ${response.status}: ${await response.text()}`);
  return response.json();
}
