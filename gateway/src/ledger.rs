use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use wechatpay_core::{Fen, Timestamp};

use crate::account::Account;
use crate::state::LoadError;
use crate::table::{Change, written};

/// Every fen of the gateway, by double entry: money only ever moves from one account to another,
/// so the sum over all accounts is zero, always.
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_gateway::{Account, Engine};
///
/// let engine = Engine::new();
/// let ledger = engine.ledger();
/// assert_eq!(ledger.balance(&Account::PlatformOperation), Fen::new(1_000_000));
/// assert_eq!(ledger.sum(), Fen::ZERO);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: Vec<Entry>,
    balances: BTreeMap<Account, Fen>,
    /// So many entries are filed.
    filed: usize,
}

impl Ledger {
    /// What an account holds: the sum of all that moved in, less what moved out.
    #[must_use]
    pub fn balance(&self, account: &Account) -> Fen {
        self.balances.get(account).copied().unwrap_or_default()
    }

    /// Every account that money ever moved on, with its balance.
    pub fn balances(&self) -> impl Iterator<Item = (&Account, Fen)> {
        self.balances
            .iter()
            .map(|(account, balance)| (account, *balance))
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The sum over all accounts: zero.
    #[must_use]
    pub fn sum(&self) -> Fen {
        let sum: i128 = self
            .balances
            .values()
            .map(|fen| i128::from(fen.get()))
            .sum();
        Fen::new(i64::try_from(sum).unwrap_or(i64::MAX))
    }

    /// Posts all transfers of an entry, or none of them.
    pub(crate) fn post(&mut self, entry: Entry) -> Result<(), PostError> {
        let mut after = BTreeMap::new();
        for transfer in &entry.transfers {
            self.carry_out(transfer, &mut after)?;
        }
        self.balances.extend(after);
        self.entries.push(entry);
        Ok(())
    }

    /// The name that entries are filed under.
    pub(crate) const NAME: &str = "ledger";

    /// Files the entries since the last time. Balances are not filed: they follow.
    pub(crate) fn changes(&mut self, filed: &mut Vec<Change>) {
        for (index, entry) in self.entries.iter().enumerate().skip(self.filed) {
            filed.push(Change {
                table: Self::NAME,
                // In the order of the entries, which is that of the keys.
                key: u64::try_from(index)
                    .unwrap_or(u64::MAX)
                    .to_be_bytes()
                    .into(),
                value: Some(written(entry)),
            });
        }
        self.filed = self.entries.len();
    }

    /// Posts a filed entry again.
    pub(crate) fn load(&mut self, value: &[u8]) -> Result<(), LoadError> {
        self.post(serde_json::from_slice(value)?)?;
        self.filed = self.entries.len();
        Ok(())
    }

    fn carry_out(
        &self,
        transfer: &Transfer,
        after: &mut BTreeMap<Account, Fen>,
    ) -> Result<(), PostError> {
        let Transfer { from, to, amount } = transfer;
        if !amount.is_positive() || from == to {
            return Err(PostError::Senseless(transfer.clone()));
        }
        let holds = |account| match after.get(account) {
            Some(balance) => *balance,
            None => self.balance(account),
        };
        let (held, there) = (holds(from), holds(to));
        let beyond = || PostError::Beyond(transfer.clone());
        let rest = held.checked_sub(*amount).ok_or_else(beyond)?;
        let sum = there.checked_add(*amount).ok_or_else(beyond)?;
        if rest < Fen::ZERO && !from.may_be_negative() {
            return Err(PostError::NotEnough {
                account: from.clone(),
                held,
                needed: *amount,
            });
        }
        after.insert(from.clone(), rest);
        after.insert(to.clone(), sum);
        Ok(())
    }
}

/// One operation's effect on the accounts.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was done, such as `POST /v3/ecommerce/subsidies/create`.
    pub operation: String,
    /// The `Request-ID` of the request that did it.
    pub request_id: String,
    /// When, by the gateway's clock.
    pub at: Timestamp,
    /// What moved.
    pub transfers: Vec<Transfer>,
}

/// Money that moved from one account to another.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Who gave.
    pub from: Account,
    /// Who received.
    pub to: Account,
    /// How much; at least 1 fen.
    pub amount: Fen,
}

impl Transfer {
    pub(crate) fn new(from: Account, to: Account, amount: Fen) -> Self {
        Self { from, to, amount }
    }
}

/// Why an entry was not posted. Nothing moved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PostError {
    #[error("account {account} holds {held}, and {needed} are needed")]
    NotEnough {
        account: Account,
        held: Fen,
        needed: Fen,
    },
    #[error("{} cannot move from {} to {}: a balance would leave the range of 64 bits", .0.amount, .0.from, .0.to)]
    Beyond(Transfer),
    #[error("{} from {} to {} is no transfer", .0.amount, .0.from, .0.to)]
    Senseless(Transfer),
}
