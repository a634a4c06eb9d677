//! What happens to the engine's orders, as its administration takes it.

use serde_json::{Value, json};

use crate::asking::{CODES, COUPON_ORDER, COUPON_REFUND, PAYEE, PAYER, STOCK};
use crate::ledger::Play;
use crate::scenes::{Of, Outcome, Pick, Placed, Scene};

impl Play<'_> {
    pub(crate) fn scene(&mut self, scene: &Scene) {
        match scene {
            Scene::Order {
                of,
                total,
                promised,
                sharing,
                paid,
            } => {
                let mut body = json!({
                    "sub_mchid": of.shop.shop(), "transaction_id": of.transaction.transaction(),
                    "total": total.fen(), "profit_sharing": sharing,
                    "state": if *paid { "paid" } else { "settled" },
                });
                if let Some(promised) = promised {
                    body["subsidy_amount"] = promised.fen().into();
                }
                self.admin("POST", "/_gateway/orders", &body);
            }
            Scene::Refund { of, amount, id } => {
                let body = json!({ "amount": amount.fen(), "refund_id": self.refund(*id) });
                self.admin("POST", &of.path("/refunds"), &body);
            }
            Scene::Settle(of) => self.on_order(*of, "/settle"),
            Scene::Share(of) => self.on_order(*of, "/share"),
            Scene::Payer(of, account) => {
                let account = account.of(&["normal", "abnormal", "closed"]);
                let body = json!({ "payer_account": account });
                self.admin("PUT", &of.path("/payer"), &body);
            }
            Scene::CloseRefund(of, id) => {
                let path = of.path(&format!("/refunds/{}/close", self.refund(*id)));
                self.admin("POST", &path, &Value::Null);
            }
            Scene::Coupon { code, amount, paid } => {
                let body = json!({
                    "payer_merchant": PAYER, "payee_merchant": PAYEE, "amount": amount.fen(),
                    "stock_id": STOCK, "coupon_code": code.of(&CODES),
                    "transaction_id": COUPON_ORDER, "refund_id": COUPON_REFUND,
                    "state": if *paid { "paid" } else { "redeemed" },
                });
                self.admin("POST", "/_gateway/coupons", &body);
            }
            Scene::RefundCoupon(code) => {
                let path = format!("/_gateway/coupons/{STOCK}/{}/refund", code.of(&CODES));
                self.admin("POST", &path, &json!({ "refund_id": COUPON_REFUND }));
            }
            Scene::Balance(account, balance) => {
                let body = json!({ "account": account.account(), "balance": balance.fen() });
                self.admin("PUT", "/_gateway/balances", &body);
            }
            Scene::Receiver(who, sound) => {
                let reason = (!sound).then_some("ACCOUNT_ABNORMAL");
                let body = json!({
                    "type": "MERCHANT_ID", "account": who.receiver(), "fail_reason": reason,
                });
                self.admin("PUT", "/_gateway/receivers", &body);
            }
            Scene::Greatest(percent) => {
                let body = json!({ "greatest_percent": percent });
                self.admin("PUT", "/_gateway/sharing", &body);
            }
            Scene::Pay {
                number,
                what,
                outcome,
            } => self.pay(*number, *what, *outcome),
            Scene::Wait(wait) => self.wait(wait.seconds()),
            Scene::Restart => {}
        }
    }

    fn on_order(&mut self, of: Of, what: &str) {
        self.admin("POST", &of.path(what), &Value::Null);
    }

    fn pay(&mut self, number: Pick, what: Placed, outcome: Outcome) {
        let number = number.number();
        let mut body = match what {
            Placed::Order => json!({ "out_trade_no": number, "sub_mchid": "1230000109" }),
            Placed::Combined => json!({ "combine_out_trade_no": format!("C{number}") }),
        };
        body["outcome"] = match outcome {
            Outcome::Paid => "paid".into(),
            Outcome::Failed => "failed".into(),
        };
        self.admin("POST", "/_gateway/payments", &body);
    }
}
