use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::refunds::abnormal::Destination;
use wechatpay_core::api::ecommerce::refunds::{
    Applied, Channel, FundsAccount, FundsFrom, Refund as Answer, RefundAccount, RefundAmount,
    RefundStatus,
};
use wechatpay_core::api::ecommerce::subsidies::Account as From;

use super::{Refund, RefundKey};
use crate::account::{Account, Purse};
use crate::moment::in_china;
use crate::problem::Problem;
use crate::state::State;

impl State {
    /// A refund as it stands.
    pub(super) fn refund_answer(&self, key: &RefundKey) -> Result<Answer, Problem> {
        let (order, refund) = (self.order(&key.order)?, self.refund(key)?);
        let arrived = refund.changes.iter().rev();
        let mut arrived = arrived.filter(|(_, status)| *status == RefundStatus::Success);
        let arrived = arrived.next().map(|(at, _)| in_china(*at)).transpose()?;
        Ok(Answer::builder()
            .refund_id(&key.refund_id)
            .out_refund_no(&refund.out_refund_no)
            .transaction_id(&key.order.transaction_id)
            .out_trade_no(&order.out_trade_no)
            .channel(refund.channel())
            .user_received_account(refund.received_by())
            .maybe_success_time(arrived)
            .create_time(in_china(refund.at)?)
            .status(refund.status())
            .amount(refund.amounts())
            .refund_account(refund.account())
            .maybe_funds_account(refund.funds_account())
            .build())
    }
}

impl Refund {
    pub(super) fn applied(&self, refund_id: &str) -> Result<Applied, Problem> {
        Ok(Applied::builder()
            .refund_id(refund_id)
            .out_refund_no(&self.out_refund_no)
            .create_time(in_china(self.at)?)
            .amount(self.amounts())
            .refund_account(self.account())
            .build())
    }

    /// Where it arrives. A card's number is not kept, so its bank has to do.
    pub(crate) fn received_by(&self) -> &str {
        let rescue = self.rescue.as_ref();
        match rescue.map(|rescue| (&rescue.destination, rescue.bank_type.as_deref())) {
            None => "支付用户零钱",
            Some((Destination::UserBankCard, Some(bank))) => bank,
            Some(_) => "交易商户银行账户",
        }
    }

    fn channel(&self) -> Channel {
        match &self.rescue {
            None => Channel::Original,
            Some(_) => Channel::OtherBankcard,
        }
    }

    fn amounts(&self) -> RefundAmount {
        let advance = (self.account() == RefundAccount::PartnerAdvance).then_some(self.amount);
        let own = match advance {
            None => self.from.as_slice(),
            Some(_) => &[],
        };
        let part = |(account, amount): &(Account, Fen)| {
            let account = match account {
                Account::SubMerchant(_, Purse::Available) => From::Available,
                _ => From::Unavailable,
            };
            FundsFrom::builder()
                .account(account)
                .amount(*amount)
                .build()
        };
        RefundAmount::builder()
            .refund(self.amount)
            .from(own.iter().map(part).collect())
            .payer_refund(self.amount)
            .discount_refund(Fen::ZERO)
            .currency("CNY")
            .maybe_advance(advance)
            .build()
    }

    /// None where several pay.
    fn funds_account(&self) -> Option<FundsAccount> {
        match self.from.as_slice() {
            [(Account::PlatformOperation, _)] => Some(FundsAccount::Operation),
            [(Account::SubMerchant(_, Purse::Available), _)] => Some(FundsAccount::Available),
            [(Account::SubMerchant(..), _)] => Some(FundsAccount::Unavailable),
            _ => None,
        }
    }
}
