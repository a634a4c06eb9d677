//! What merchants get wrong, one test for each: refused with the documented code, and nothing moves.

mod orders;
mod orders_placed;
