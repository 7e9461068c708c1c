//! A newsroom to try things on, made through the front door of the use cases, as people would.

use chrono::TimeDelta;
use entity::enums::{DisclosurePlacement, RelatedKind, Role, Roles, Verdict};
use entity::ids::{AuthorId, DraftId, SectionId, UserId};
use entity::user;

use super::account::{self, NewUser};
use super::assignment::Asked;
use super::comment::Pin;
use super::review::Judgement;
use super::schedule::Plan;
use super::{
    AppError, Cx, affiliate, assignment, author, comment, draft, publishing, related, release, review, schedule, section, withdrawal,
};
use crate::store;

/// What everybody in the demo signs in with.
pub const PASSWORD: &str = "try-copydesk";

/// Everybody in the demo: one for each role.
const PEOPLE: [(&str, &str, Role); 6] = [
    ("writer@demo.example", "Wanda Wright", Role::Writer),
    ("editor@demo.example", "Edgar Eames", Role::Editor),
    ("commerce@demo.example", "Carla Combs", Role::Commerce),
    ("legal@demo.example", "Leo Lang", Role::Legal),
    ("publisher@demo.example", "Paula Penn", Role::Publisher),
    ("admin@demo.example", "Ada Abbott", Role::Admin),
];

/// Somebody to sign in as.
pub struct Person {
    /// Address.
    pub email: &'static str,
    /// What they are.
    pub role: Role,
}

/// Fills an empty newsroom; one that was filled before stays as it is. Tells who can sign in.
///
/// # Errors
/// When the database does not answer.
pub async fn fill(cx: &Cx) -> Result<Vec<Person>, AppError> {
    let people = PEOPLE.iter().map(|(email, _, role)| Person { email, role: *role }).collect();
    if store::account::by_email(cx.reader(), "admin@demo.example").await?.is_some() {
        return Ok(people);
    }
    let mut users = Vec::new();
    for (email, name, role) in PEOPLE {
        let new = NewUser { email: email.into(), name: name.into(), password: PASSWORD.into(), roles: Roles::from_iter([role]) };
        users.push(account::add_at_console(cx, new).await?);
    }
    let demo = Demo::of(cx, &users).await?;
    demo.fill().await?;
    Ok(people)
}

struct Demo {
    writer: Cx,
    editor: Cx,
    commerce: Cx,
    legal: Cx,
    publisher: Cx,
    culture: SectionId,
    reviews: SectionId,
    wanda: AuthorId,
    noor: AuthorId,
}

impl Demo {
    async fn of(cx: &Cx, users: &[user::Model]) -> Result<Self, AppError> {
        let mut desks = Vec::new();
        for user in users {
            desks.push(Cx { actor: account::at_console(&cx.desk, &user.email).await?, ..cx.clone() });
        }
        let as_role = |role: Role| {
            let found = desks.iter().find(|cx| cx.staff().is_some_and(|staff| staff.roles.has(role)));
            found.cloned().ok_or_else(|| AppError::Fault("the demo lacks somebody".into()))
        };
        let editor = as_role(Role::Editor)?;
        let new_section = |name: &str, description: &str| section::Typed {
            name: Some(name.into()),
            slug: None,
            description: Some(Some(description.into())),
        };
        let culture = section::create(&editor, new_section("Culture", "Films, music and what people talk about.")).await?;
        let reviews = section::create(&editor, new_section("Reviews", "What is worth your evening.")).await?;
        let profile = |name: &str, title: &str, bio: &str| author::Typed {
            name: Some(name.into()),
            title: Some(Some(title.into())),
            bio: Some(Some(bio.into())),
            ..author::Typed::default()
        };
        let writer = as_role(Role::Writer)?;
        let own = author::Typed {
            user: Some(writer.user_id()),
            ..profile("Wanda Wright", "Film writer", "Wanda writes about **films** and the people who queue for them.")
        };
        let wanda = author::create(&editor, own).await?;
        let noor = author::create(&editor, profile("Noor Okafor", "Critic", "Noor has opinions on sound.")).await?;
        Ok(Self {
            commerce: as_role(Role::Commerce)?,
            legal: as_role(Role::Legal)?,
            publisher: as_role(Role::Publisher)?,
            writer,
            editor,
            culture: culture.id,
            reviews: reviews.id,
            wanda: wanda.id,
            noor: noor.id,
        })
    }

    async fn fill(&self) -> Result<(), AppError> {
        let disclosure = affiliate::Typed {
            name: Some("Gadget guides".into()),
            disclosure: Some("When you buy through links in this guide, we get a share. Nobody pays for a place in it.".into()),
            placement: Some(DisclosurePlacement::BeforeFirstLink),
            rel: Some(vec!["nofollow".into()]),
            ..affiliate::Typed::default()
        };
        affiliate::create(&self.commerce, disclosure).await?;

        let harbour = self.published("Harbour cinema opens its roof for the summer", "Rain dates are a promise, not a threat.", HARBOUR, self.culture, &["cinema", "summer"]).await?;
        let guide = self.published("Five lamps that make a small room bigger", "We moved in with all of them.", LAMPS, self.reviews, &["home"]).await?;
        let quiet = self.published("The quietest record of the year is a field recording", "Forty minutes of a bus stop.", QUIET, self.reviews, &["music", "summer"]).await?;
        let links = [(harbour, RelatedKind::Related), (guide, RelatedKind::Background)];
        let typed = links.map(|(target, kind)| related::Typed { kind, draft: Some(target), url: None, title: None, note: None });
        related::set(&self.editor, quiet, typed.into()).await?;

        self.begin("Who keeps the projector running", None, "Three people know how, and one is retiring.\n", None, &[]).await?;
        let waiting = self.complete("A festival moves inland", "The river did not ask.", FESTIVAL, self.culture, &["festival"]).await?;
        review::submit(&self.writer, waiting, 1, Some("Please check the dates.".into())).await?;
        let back = self.complete("Is the encore over?", "Bands go home after the last song.", ENCORE, self.reviews, &["music"]).await?;
        review::submit(&self.writer, back, 1, None).await?;
        self.judge(&self.editor, back, "EDIT", Verdict::RequestChanges, Some("Who says so? Name a second band.")).await?;
        let approved = self.complete("Night buses get reading lamps", "A small city tries a kind thing.", BUSES, self.culture, &["city"]).await?;
        self.approve(approved).await?;
        let gone = self.published("Ticket prices to fall in May", "So the theatre said.", TICKETS, self.culture, &["city"]).await?;
        withdrawal::unpublish(&self.publisher, gone, "The theatre took it back.", None).await?;
        let aside = self.complete("A list of lists", "It was one too many.", "Ten lists, ranked.\n", self.culture, &[]).await?;
        draft::archive(&self.writer, aside, Some("Overtaken by events.".into())).await?;
        let risky = self.complete("What the band's contract says", "We read all of it.", CONTRACT, self.culture, &["music"]).await?;
        let ask = draft::Typed { needs_legal_review: Some(Some(true)), ..draft::Typed::default() };
        draft::revise(&self.writer, risky, 1, draft::Change::edit(ask)).await?;
        review::submit(&self.writer, risky, 1, None).await?;
        self.judge(&self.legal, risky, "LEGAL", Verdict::Comment, Some("Keep the quotes to what is public.")).await?;
        self.plan(waiting, approved).await
    }

    /// What is talked about, planned, and taken back.
    async fn plan(&self, waiting: DraftId, approved: DraftId) -> Result<(), AppError> {
        let pin = |quote: &str| Some(Pin { revision: 1, quote: quote.into(), occurrence: 0 });
        let say = |body: &str, pin, suggestion: Option<&str>| comment::Typed {
            body: body.into(),
            parent: None,
            pin,
            suggestion: suggestion.map(Into::into),
        };
        let asked = say("Do they say by how much?", pin("the view is better"), None);
        let (question, _) = comment::add(&self.editor, waiting, asked).await?;
        let answer = comment::Typed { parent: Some(question.id), ..say("They only smiled.", None, None) };
        comment::add(&self.writer, waiting, answer).await?;
        let shorter = say("Shorter.", pin("because the river has come to where the festival was"), Some("because the river wants the old place"));
        comment::add(&self.editor, waiting, shorter).await?;
        let ask = Asked { stage: "EDIT".into(), reviewer: self.editor_id()?, due_at: Some(self.editor.now + TimeDelta::days(1)), remove: false };
        assignment::assign(&self.writer, waiting, ask).await?;

        let tomorrow = self.publisher.now + TimeDelta::days(1);
        let planned = self.complete("The last video shop has a new roof", "It still rents out one film a day.", SHOP, self.culture, &["city"]).await?;
        self.approve(planned).await?;
        let when = Plan { revision: 1, publish_at: tomorrow, unpublish_at: None, correction: None };
        schedule::plan(&self.publisher, planned, when).await?;
        release::create(&self.publisher, "City week", None, &[approved]).await?;
        let wrong = self.published("The library closes on Mondays", "A reader told us.", LIBRARY, self.culture, &["city"]).await?;
        withdrawal::retract(&self.publisher, wrong, "The library is open every day. We did not ask, and we should have.").await?;
        Ok(())
    }

    fn editor_id(&self) -> Result<UserId, AppError> {
        self.editor.user_id().ok_or_else(|| AppError::Fault("the demo's editor is nobody".into()))
    }

    async fn begin(&self, headline: &str, dek: Option<&str>, body: &str, section: Option<SectionId>, tags: &[&str]) -> Result<DraftId, AppError> {
        let typed = draft::Typed {
            headline: Some(Some(headline.into())),
            dek: Some(dek.map(Into::into)),
            body: Some(Some(body.into())),
            section: Some(section),
            tags: Some(Some(tags.iter().map(|tag| (*tag).to_owned()).collect())),
            authors: section.filter(|section| *section == self.reviews).map(|_| Some(vec![self.noor, self.wanda])),
            ..draft::Typed::default()
        };
        Ok(draft::create(&self.writer, typed).await?.id)
    }

    async fn complete(&self, headline: &str, dek: &str, body: &str, section: SectionId, tags: &[&str]) -> Result<DraftId, AppError> {
        self.begin(headline, Some(dek), body, Some(section), tags).await
    }

    async fn judge(&self, by: &Cx, id: DraftId, stage: &str, verdict: Verdict, summary: Option<&str>) -> Result<(), AppError> {
        let judgement = Judgement { revision: 1, stage: stage.into(), verdict, summary: summary.map(Into::into) };
        review::judge(by, id, judgement).await.map(|_| ())
    }

    async fn approve(&self, id: DraftId) -> Result<(), AppError> {
        let submitted = review::submit(&self.writer, id, 1, None).await?;
        self.judge(&self.editor, id, "EDIT", Verdict::Approve, Some("Lovely.")).await?;
        if submitted.needs_commerce {
            self.judge(&self.commerce, id, "COMMERCE", Verdict::Approve, None).await?;
        }
        Ok(())
    }

    async fn published(&self, headline: &str, dek: &str, body: &str, section: SectionId, tags: &[&str]) -> Result<DraftId, AppError> {
        let id = self.complete(headline, dek, body, section, tags).await?;
        self.approve(id).await?;
        publishing::publish(&self.publisher, id, 1, None, None).await?;
        Ok(id)
    }
}

const HARBOUR: &str = "The old customs house has a screen again, and from Friday it has a sky.\n\n\
> We took the roof off in March and forgot to be sensible.\n>\n> — Mirel Adeyemi, who runs the place\n\n\
## What is on\n\n- a silent film with a brass band\n- two thrillers that mind the tide\n- whatever the audience votes for\n\n\
Tickets are at the door. Bring a coat.\n";

const LAMPS: &str = "A small room does not need more light. It needs light in better places.\n\n\
## The one to get\n\nThe [Arc 3](https://www.amazon.com/dp/B000000001?tag=copydeskdemo-20) bends over a sofa and asks nothing of the wall.\n\n\
## The one for shelves\n\nThe [Clip Mini](https://www.amazon.com/dp/B000000002?tag=copydeskdemo-20) is the size of a plum.\n\n\
| lamp | watts | cord |\n| --- | --- | --- |\n| Arc 3 | 9 | 2 m |\n| Clip Mini | 3 | 1.5 m |\n";

const QUIET: &str = "Nothing happens for four minutes, and then a bus comes.\n\n\
Lena Stovall left a recorder at the last stop of line 9 and came back in spring. The record that she made of it \
is on [her page](https://music.example/stovall).\n\n## Why it works\n\nYou hear who waits.\n";

const FESTIVAL: &str = "The river festival goes ahead on the hill, because the river has come to where the festival was.\n\n\
Organisers say that the stage is the same, and the view is better.\n";

const ENCORE: &str = "The lights go up, the band waves, and that is that. A drummer told us that nobody misses the pretending.\n";

const BUSES: &str = "From next week every third seat on the night lines has a lamp that the passenger can turn off.\n\n\
The city says that it costs as much as one bus stop.\n";

const TICKETS: &str = "The theatre on the square says that all seats will cost the same from May on.\n";

const SHOP: &str = "The shop on Wharf Street lent its first tape in 1984. The roof, they say, is younger than the queue.\n";

const LIBRARY: &str = "From this week on the library stays shut on Mondays.\n";

const CONTRACT: &str = "Page nine says who owns the name. It is not the people who made it known.\n";
