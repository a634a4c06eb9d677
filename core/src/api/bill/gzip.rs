use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::BillError;

/// One gzip member (RFC 1952), unpacked as it comes.
pub(super) struct Unpacker {
    state: State,
    crc: Crc,
}

enum State {
    Head(Vec<u8>),
    Packed(Box<Stream>),
    Tail(Vec<u8>),
    Done,
}

struct Stream {
    inflate: Decompress,
    /// So much is unpacked at a time, however much a piece unpacks to.
    room: [u8; 16 * 1024],
}

/// A head is ten bytes and a file name; one that goes on and on is none.
const LONGEST_HEAD: usize = 1024;

impl Unpacker {
    pub(super) fn new() -> Self {
        Self {
            state: State::Head(Vec::new()),
            crc: Crc::new(),
        }
    }

    pub(super) fn push(
        &mut self,
        mut piece: &[u8],
        mut sink: impl FnMut(&[u8]) -> Result<(), BillError>,
    ) -> Result<(), BillError> {
        while !piece.is_empty() {
            match &mut self.state {
                State::Head(head) => {
                    let (before, room) = (head.len(), LONGEST_HEAD - head.len());
                    head.extend_from_slice(&piece[..piece.len().min(room)]);
                    match head_length(head)? {
                        Some(length) => {
                            piece = &piece[length - before..];
                            self.state = State::Packed(Box::new(Stream {
                                inflate: Decompress::new(false),
                                room: [0; 16 * 1024],
                            }));
                        }
                        None if head.len() == LONGEST_HEAD => return Err(BillError::NotGzip),
                        None => return Ok(()),
                    }
                }
                State::Packed(stream) => {
                    let crc = &mut self.crc;
                    let (taken, ended) = stream.push(piece, |unpacked| {
                        crc.update(unpacked);
                        sink(unpacked)
                    })?;
                    piece = &piece[taken..];
                    if ended {
                        self.state = State::Tail(Vec::with_capacity(8));
                    }
                }
                State::Tail(tail) => {
                    let (now, later) = piece.split_at(piece.len().min(8 - tail.len()));
                    tail.extend_from_slice(now);
                    piece = later;
                    if tail.len() == 8 {
                        let expected = [self.crc.sum(), self.crc.amount()];
                        if *tail != expected.map(u32::to_le_bytes).concat() {
                            return Err(BillError::Damaged("its checksum is another"));
                        }
                        self.state = State::Done;
                    }
                }
                State::Done => return Err(BillError::Trailing),
            }
        }
        Ok(())
    }

    pub(super) fn check_end(&self) -> Result<(), BillError> {
        match self.state {
            State::Done => Ok(()),
            _ => Err(BillError::Truncated),
        }
    }
}

impl Stream {
    /// How much of `piece` was taken, and whether the packed bytes ended there.
    fn push(
        &mut self,
        piece: &[u8],
        mut sink: impl FnMut(&[u8]) -> Result<(), BillError>,
    ) -> Result<(usize, bool), BillError> {
        let damaged = BillError::Damaged("its bytes do not unpack");
        let mut taken = 0;
        loop {
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let status =
                self.inflate
                    .decompress(&piece[taken..], &mut self.room, FlushDecompress::None);
            let status = status.map_err(|_| damaged.clone())?;
            let count = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(0);
            let eaten = count(self.inflate.total_in(), before_in);
            let made = count(self.inflate.total_out(), before_out);
            taken += eaten;
            if made > 0 {
                sink(&self.room[..made])?;
            }
            if status == Status::StreamEnd {
                return Ok((taken, true));
            }
            if eaten == 0 && made == 0 {
                return match taken == piece.len() {
                    true => Ok((taken, false)),
                    false => Err(damaged),
                };
            }
        }
    }
}

/// How long the head is, or `None` while it goes on.
fn head_length(head: &[u8]) -> Result<Option<usize>, BillError> {
    let known = [0x1F, 0x8B, 8];
    if head.iter().zip(known).any(|(byte, known)| *byte != known) {
        return Err(BillError::NotGzip);
    }
    let Some(&flags) = head.get(3) else {
        return Ok(None);
    };
    if flags & 0b1110_0000 != 0 {
        return Err(BillError::NotGzip);
    }
    let mut at = 10;
    if flags & 4 != 0 {
        let Some(&[low, high]) = head.get(at..at + 2) else {
            return Ok(None);
        };
        at += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    // The name, then the comment.
    for flag in [8, 16] {
        if flags & flag != 0 {
            let rest = head.get(at..).unwrap_or_default();
            match rest.iter().position(|byte| *byte == 0) {
                Some(end) => at += end + 1,
                None => return Ok(None),
            }
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    Ok((head.len() >= at).then_some(at))
}
