//! What goes wrong in practice: each wrong use is refused with its documented status and code, and
//! moves nothing.

mod refunds;
mod refunds_later;
