//! Wrong uses, each refused with a documented status and code, and without moving a fen.

mod coupons;
mod giving_back;
mod orders;
mod orders_placed;
mod refunds;
mod refunds_later;
mod sharing;
mod sharing_receivers;
