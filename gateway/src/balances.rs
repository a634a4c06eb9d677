//! `/v3/merchant/fund/…` and `/v3/ecommerce/fund/…`: what the accounts hold.
//!
//! The platform's basic account is `platform:income`, its operating account `platform:operation`. A
//! sub-merchant's basic account is its purses but for what is in transit; all other accounts of both
//! are empty.

use wechatpay_core::api::bill::AccountType;
use wechatpay_core::api::{ecommerce, merchant};
use wechatpay_core::{Fen, Timestamp};

use crate::account::{Account, Mchid, Purse};
use crate::bills::Day;
use crate::moment::Moment;
use crate::problem::{Code, Location, Problem};
use crate::state::State;

impl State {
    pub(crate) fn own_balance(
        &self,
        query: &merchant::fund::QueryBalance,
    ) -> Result<merchant::fund::Balance, Problem> {
        let available = match &query.account_type {
            AccountType::Basic => self.ledger.balance(&Account::PlatformIncome),
            AccountType::Operation => self.ledger.balance(&Account::PlatformOperation),
            AccountType::Fees => Fen::ZERO,
            other => {
                let issue = "must be BASIC, OPERATION or FEES";
                return Err(unknown(Location::Path, other, issue));
            }
        };
        Ok(merchant::fund::Balance::builder()
            .available_amount(available)
            .pending_amount(Fen::ZERO)
            .build())
    }

    pub(crate) fn balance_of(
        &self,
        query: &ecommerce::fund::QueryBalance,
    ) -> Result<ecommerce::fund::Balance, Problem> {
        let account = query.account_type.clone().unwrap_or(AccountType::Basic);
        use AccountType::{Basic, Deposit, Fees, Operation};
        if !matches!(account, Basic | Operation | Fees | Deposit) {
            let issue = "must be BASIC, OPERATION, FEES or DEPOSIT";
            return Err(unknown(Location::Query, &account, issue));
        }
        let sub_mchid = &query.sub_mchid;
        let held = self.held_by(sub_mchid, None)?.ok_or_else(|| {
            let why = format!(
                "{sub_mchid} is no sub-merchant of the caller: the gateway knows those that ever \
                 received money"
            );
            Problem::new(Code::NoAuth, why)
        })?;
        Ok(held.answer(sub_mchid, account))
    }

    /// What a sub-merchant had when a day ended in China, by the ledger's entries.
    pub(crate) fn end_day_balance(
        &self,
        query: &ecommerce::fund::QueryEndDayBalance,
        moment: &Moment,
    ) -> Result<ecommerce::fund::Balance, Problem> {
        let account = query.account_type.clone().unwrap_or(AccountType::Basic);
        if !matches!(account, AccountType::Basic | AccountType::Deposit) {
            let issue = "must be BASIC or DEPOSIT";
            return Err(unknown(Location::Query, &account, issue));
        }
        let day = Day::of_balance(&query.date, moment.at)?;
        let sub_mchid = &query.sub_mchid;
        let held = self.held_by(sub_mchid, Some(day.end()))?;
        let held = held.ok_or_else(|| {
            Problem::invalid(format!(
                "{sub_mchid} had no account at the end of {day}: it received its first money \
                 later, or never"
            ))
        })?;
        Ok(held.answer(sub_mchid, account))
    }

    /// Adds up what moved before `end`; none where nothing ever did.
    fn held_by(&self, sub_mchid: &str, end: Option<Timestamp>) -> Result<Option<Held>, Problem> {
        let mut held = None;
        let entries = self.ledger.entries().iter();
        let entries = entries.filter(|entry| end.is_none_or(|end| entry.at < end));
        for transfer in entries.flat_map(|entry| &entry.transfers) {
            let less = Fen::ZERO.checked_sub(transfer.amount).unwrap_or_default();
            for (account, change) in [(&transfer.from, less), (&transfer.to, transfer.amount)] {
                if let Account::SubMerchant(mchid, purse) = account
                    && mchid.as_str() == sub_mchid
                {
                    held.get_or_insert_with(Held::default).add(*purse, change)?;
                }
            }
        }
        Ok(held)
    }
}

/// Whose basic account it is that an account belongs to.
pub(crate) fn basic_of(account: &Account) -> Option<&Mchid> {
    match account {
        Account::SubMerchant(mchid, purse) if *purse != Purse::InTransit => Some(mchid),
        _ => None,
    }
}

/// What a sub-merchant's basic account holds.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    available: Fen,
    pending: Fen,
}

impl Held {
    fn add(&mut self, purse: Purse, change: Fen) -> Result<(), Problem> {
        let sum = match purse {
            Purse::Available => &mut self.available,
            Purse::Unsettled | Purse::Frozen => &mut self.pending,
            Purse::InTransit => return Ok(()),
        };
        let beyond = || Problem::new(Code::SystemError, "a balance is beyond 64 bits");
        *sum = sum.checked_add(change).ok_or_else(beyond)?;
        Ok(())
    }

    fn answer(self, sub_mchid: &str, account: AccountType) -> ecommerce::fund::Balance {
        let held = match account {
            AccountType::Basic => self,
            _ => Self::default(),
        };
        ecommerce::fund::Balance::builder()
            .sub_mchid(sub_mchid)
            .account_type(account)
            .available_amount(held.available)
            .pending_amount(held.pending)
            .build()
    }
}

fn unknown(location: Location, account: &AccountType, issue: &str) -> Problem {
    let value = account.as_str().into();
    Problem::field(location, "account_type", &value, issue)
}
