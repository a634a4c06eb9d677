//! Maps that tell what changed, so that the state can be kept beyond the process.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, btree_map};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// One record that was written, or taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The table's name, which is what the record is filed under.
    pub(crate) table: &'static str,
    pub(crate) key: Vec<u8>,
    /// None: the record is gone.
    pub(crate) value: Option<Vec<u8>>,
}

/// A map that remembers which of its keys were touched since [`changes`](Self::changes) was asked.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, V> {
    name: &'static str,
    records: BTreeMap<K, V>,
    touched: BTreeSet<K>,
}

impl<K, V> Table<K, V>
where
    K: Ord + Clone + Serialize + DeserializeOwned,
    V: Serialize + DeserializeOwned,
{
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            records: BTreeMap::new(),
            touched: BTreeSet::new(),
        }
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.records.get(key)
    }

    pub(crate) fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        self.records.get_key_value(key)
    }

    /// The record, to be changed: it counts as touched.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let record = self.records.get_mut(key)?;
        self.touched.insert(key.clone());
        Some(record)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.touched.insert(key.clone());
        self.records.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let record = self.records.remove(key)?;
        self.touched.insert(key.clone());
        Some(record)
    }

    pub(crate) fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.records.contains_key(key)
    }

    pub(crate) fn iter(&self) -> btree_map::Iter<'_, K, V> {
        self.records.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn last(&self) -> Option<(&K, &V)> {
        self.records.last_key_value()
    }

    pub(crate) fn first(&self) -> Option<(&K, &V)> {
        self.records.first_key_value()
    }

    /// Files what was touched since the last time.
    pub(crate) fn changes(&mut self, filed: &mut Vec<Change>) {
        for key in std::mem::take(&mut self.touched) {
            let value = self.records.get(&key);
            filed.push(Change {
                table: self.name,
                key: written(&key),
                value: value.map(written),
            });
        }
    }

    /// Takes a filed record in, which counts as untouched.
    pub(crate) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<K, serde_json::Error> {
        let key: K = serde_json::from_slice(key)?;
        self.records
            .insert(key.clone(), serde_json::from_slice(value)?);
        Ok(key)
    }
}

/// A record's JSON. What the state holds serializes: its keys are texts and numbers.
pub(crate) fn written(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
