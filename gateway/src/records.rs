use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::clock::Clock;
use crate::engine::Engine;
use crate::limits::Enforcement;
use crate::notices::Outbox;
use crate::percent::Percent;
use crate::rotation::Rotation;
use crate::state::{LoadError, State};
use crate::table::{Change, written};

/// What changed in an engine since it was last asked, to be kept beyond the process. Keep all of it
/// or nothing: it is what whole requests did.
#[must_use = "what is not kept is gone with the process"]
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Everything that was kept before is void: the engine was reset.
    pub(crate) anew: bool,
    pub(crate) changes: Vec<Change>,
}

impl Changes {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.anew
    }

    /// Adds what changed after.
    pub(crate) fn extend(&mut self, later: Self) {
        if later.anew {
            *self = later;
        } else {
            self.changes.extend(later.changes);
        }
    }
}

/// An engine's memory outside of it: records by table and key.
///
/// ```
/// use wechatpay_core::{Timestamp, http};
/// use wechatpay_gateway::{Engine, Entropy, Records};
///
/// let mut engine = Engine::new();
/// let mut records = Records::default();
/// records.keep(engine.changes());
///
/// let order = r#"{"sub_mchid": "1900000109", "total": 8000}"#;
/// let order = http::Request::post("/_gateway/orders").body(order.into())?;
/// engine.handle(&order, Timestamp::from_secs(1_763_700_000), Entropy::new([7; 32]));
/// records.keep(engine.changes());
///
/// // The process dies; another takes over.
/// let restored = Engine::restore(&records)?;
/// assert_eq!(restored.ledger(), engine.ledger());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    records: BTreeMap<(String, Vec<u8>), Vec<u8>>,
}

impl Records {
    /// Takes changes in.
    pub fn keep(&mut self, changes: Changes) {
        if changes.anew {
            self.records.clear();
        }
        for Change { table, key, value } in changes.changes {
            let key = (table.to_owned(), key);
            match value {
                Some(value) => self.records.insert(key, value),
                None => self.records.remove(&key),
            };
        }
    }

    pub(crate) fn insert(&mut self, table: &str, key: &[u8], value: &[u8]) {
        let key = (table.to_owned(), key.to_owned());
        self.records.insert(key, value.to_owned());
    }

    /// Whether nothing was ever kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

/// Records from which no engine can be made: another version wrote them, or something damaged them.
#[derive(Debug, Error)]
#[error("record {key} of table {table} cannot be taken in")]
pub struct RestoreError {
    table: String,
    key: String,
    source: LoadError,
}

/// What an engine keeps besides its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    clock: Clock,
    made: u64,
    deliveries: u64,
    rotation: Rotation,
    switch: Percent,
    rates: Enforcement,
    greatest_share: Percent,
}

impl Settings {
    const TABLE: &str = "settings";
}

impl Engine {
    /// What changed since this was last asked; at first, everything. Faults, their rates and the
    /// counts of requests are not among it: they are the test's, and end with the process.
    pub fn changes(&mut self) -> Changes {
        let mut changes = Vec::new();
        self.state.changes(&mut changes);
        self.outbox.changes(&mut changes);
        let settings = self.settings();
        if self.kept != Some(settings) {
            self.kept = Some(settings);
            changes.push(Change {
                table: Settings::TABLE,
                key: written(&()),
                value: Some(written(&settings)),
            });
        }
        Changes {
            anew: std::mem::take(&mut self.anew),
            changes,
        }
    }

    /// The engine that kept these records, with the development credentials. Without any record, one
    /// at its start. Callbacks that were under way are sent once more.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] when a record does not read, or the ledger's entries do not follow from one
    /// another.
    pub fn restore(records: &Records) -> Result<Self, RestoreError> {
        let mut engine = Self::new();
        if records.is_empty() {
            return Ok(engine);
        }
        engine.state = State::empty();
        for ((table, key), value) in &records.records {
            engine
                .load(table, key, value)
                .map_err(|source| RestoreError {
                    table: table.clone(),
                    key: String::from_utf8_lossy(key).into_owned(),
                    source,
                })?;
        }
        // What was loaded is kept already.
        let _ = engine.changes();
        Ok(engine)
    }

    fn load(&mut self, table: &str, key: &[u8], value: &[u8]) -> Result<(), LoadError> {
        match table {
            Settings::TABLE => {
                let settings: Settings = serde_json::from_slice(value)?;
                self.set(settings);
                self.kept = Some(settings);
                Ok(())
            }
            Outbox::NAME => Ok(self.outbox.load(key, value)?),
            _ => self.state.load(table, key, value),
        }
    }

    fn settings(&self) -> Settings {
        Settings {
            clock: self.state.clock,
            made: self.state.made(),
            deliveries: self.outbox.deliveries(),
            rotation: self.certificates.rotation,
            switch: self.switch,
            rates: self.state.limits.enforcement,
            greatest_share: self.state.greatest_share,
        }
    }

    fn set(&mut self, settings: Settings) {
        self.state.clock = settings.clock;
        self.state.set_made(settings.made);
        self.outbox.set_deliveries(settings.deliveries);
        self.certificates.rotation = settings.rotation;
        self.switch = settings.switch;
        self.state.limits.enforcement = settings.rates;
        self.state.greatest_share = settings.greatest_share;
    }
}
