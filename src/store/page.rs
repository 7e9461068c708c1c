//! Keyset pages in SQL: of one list, and of many lists in one statement.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::{Source, StoreError};
use crate::domain::page::{Cursor, Page, Slice};

/// What a list is ordered by.
#[derive(Clone, Debug)]
pub struct By {
    key: SimpleExpr,
    id: Option<SimpleExpr>,
    kind: Key,
    descending: bool,
}

/// What the first thing is that a list is ordered by.
#[derive(Clone, Copy, Debug)]
enum Key {
    Time,
    Number,
    Id,
}

impl By {
    /// By a time, then by id.
    pub fn time(key: impl ColumnTrait, id: impl ColumnTrait, descending: bool) -> Self {
        Self { key: column(key), id: Some(column(id)), kind: Key::Time, descending }
    }

    /// By a number that is unique in the list.
    pub fn number(key: impl ColumnTrait, descending: bool) -> Self {
        Self { key: column(key), id: None, kind: Key::Number, descending }
    }

    /// By an id that is unique in the list: oldest first, since ids are made in the order of time.
    pub fn id(id: impl ColumnTrait) -> Self {
        Self { key: column(id), id: None, kind: Key::Id, descending: false }
    }

    fn place(&self) -> SimpleExpr {
        match &self.id {
            Some(id) => Expr::tuple([self.key.clone(), id.clone()]),
            None => self.key.clone(),
        }
    }

    fn value(&self, cursor: &Cursor) -> SimpleExpr {
        let key = match self.kind {
            Key::Time => Expr::val(time(cursor.key)),
            Key::Number => Expr::val(cursor.key),
            Key::Id => Expr::val(cursor.id),
        };
        match self.id {
            Some(_) => Expr::tuple([key, Expr::val(cursor.id)]),
            None => key,
        }
    }

    /// Cuts one page out of a list, with one row more to tell whether there are more.
    pub fn cut<E: EntityTrait>(&self, mut list: Select<E>, page: &Page) -> Select<E> {
        let falling = self.descending != page.backward;
        if let Some(after) = &page.after {
            let (place, value) = (self.place(), self.value(after));
            list = list.filter(if self.descending { place.lt(value) } else { place.gt(value) });
        }
        if let Some(before) = &page.before {
            let (place, value) = (self.place(), self.value(before));
            list = list.filter(if self.descending { place.gt(value) } else { place.lt(value) });
        }
        let order = if falling { Order::Desc } else { Order::Asc };
        list = list.order_by(self.key.clone(), order.clone());
        if let Some(id) = &self.id {
            list = list.order_by(id.clone(), order);
        }
        list.limit(page.limit + 1)
    }
}

fn column(column: impl ColumnTrait) -> SimpleExpr {
    SimpleExpr::from(Expr::col(column.as_column_ref()))
}

/// The cursor's key for a time.
pub fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// A cursor of a list that is ordered by a time.
pub fn at_time(key: DateTime<Utc>, id: Uuid) -> Cursor {
    Cursor { key: micros(key), id }
}

/// A cursor of a list that is ordered by a unique number.
pub const fn at_number(key: i64) -> Cursor {
    Cursor { key, id: Uuid::nil() }
}

/// A cursor of a list that is ordered by an id.
pub const fn at_id(id: Uuid) -> Cursor {
    Cursor { key: 0, id }
}

/// Reads several lists, each cut by itself, in one statement: no parent is a statement of its own.
pub async fn union<E: EntityTrait>(source: &impl Source, lists: Vec<Select<E>>) -> Result<Vec<E::Model>, StoreError> {
    // Within SQLite's limit on compound selects.
    const MOST: usize = 100;
    let mut rows = Vec::new();
    let db = source.connection();
    for lists in lists.chunks(MOST) {
        let mut parts = lists.iter().enumerate().map(|(index, list)| {
            let mut part: SelectStatement = Query::select();
            part.column(Asterisk).from_subquery(list.clone().into_query(), Alias::new(format!("part{index}")));
            part
        });
        let Some(mut statement) = parts.next() else { continue };
        for part in parts {
            statement.union(UnionType::All, part);
        }
        let statement = db.get_database_backend().build(&statement);
        rows.extend(E::find().from_raw_sql(statement).all(db).await?);
    }
    Ok(rows)
}

/// One page of several lists that are one in the order of `place`: each was cut by itself, and what is
/// beyond the page goes.
pub async fn joined<E: EntityTrait>(
    source: &impl Source,
    lists: Vec<Select<E>>,
    page: &Page,
    falling: bool,
    place: impl Fn(&E::Model) -> Cursor,
) -> Result<Slice<E::Model>, StoreError> {
    let mut rows = union::<E>(source, lists).await?;
    rows.sort_by_key(|row| place(row));
    if falling != page.backward {
        rows.reverse();
    }
    rows.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX).saturating_add(1));
    Ok(Slice::of(rows, page, place))
}

/// From where to where a slug and its numbered forms stand, compared byte by byte. A long slug is cut
/// to take a number, so its forms share only their beginning.
pub fn numbered_range(slug: &str) -> (&str, String) {
    const SHARED: usize = 100;
    match slug.get(..SHARED) {
        // '~' follows every character that a slug may have, '.' follows the hyphen before a number.
        Some(beginning) => (beginning, format!("{beginning}~")),
        None => (slug, format!("{slug}.")),
    }
}

/// Ids for an IN list, padded by repetition to a power of two: few statements are prepared, each
/// of them often used.
pub fn padded<T: Clone>(ids: &[T]) -> Vec<T> {
    let mut ids = ids.to_vec();
    if let Some(last) = ids.last().cloned() {
        ids.resize(ids.len().next_power_of_two(), last);
    }
    ids
}

/// How many rows each of several parents has, in one statement.
pub async fn counts<E: EntityTrait, P>(source: &impl Source, list: Select<E>, parent: E::Column) -> Result<Vec<(P, u64)>, StoreError>
where
    P: sea_orm::TryGetable + Send,
    (P, i64): sea_orm::TryGetableMany,
{
    let grouped = list.select_only().column(parent).column_as(parent.count(), "rows").group_by(parent);
    let rows: Vec<(P, i64)> = grouped.into_tuple().all(source.connection()).await?;
    Ok(rows.into_iter().map(|(parent, rows)| (parent, u64::try_from(rows).unwrap_or_default())).collect())
}
