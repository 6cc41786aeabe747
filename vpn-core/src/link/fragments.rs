use super::checksum::Sum;

const HEADER_LEN: usize = 20;
/// The longest header: 40 bytes of options.
const MAX_HEADER_LEN: usize = 60;
const DONT_FRAGMENT: u16 = 0x4000;
const MORE: u16 = 0x2000;
const OFFSET: u16 = 0x1fff;

/// An IPv4 packet cut into fragments that fit an MTU (RFC 791, section 3.2), where it may be.
///
/// # Examples
///
/// ```
/// use vpn_core::link::Fragments;
///
/// // An IPv4 packet of 1,420 bytes that routers may cut.
/// let mut packet = [0; 1420];
/// packet[..10].copy_from_slice(&[0x45, 0, 0x05, 0x8c, 0, 1, 0, 0, 64, 17]);
///
/// let mut fragments = Fragments::new(&packet, 1280).ok_or("it may not be cut")?;
/// let mut out = [0; 1280];
/// assert_eq!(fragments.write_next(&mut out), Some(20 + 1256));
/// assert_eq!(fragments.write_next(&mut out), Some(20 + 144));
/// assert_eq!(fragments.write_next(&mut out), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fragments<'a> {
    header: &'a [u8],
    rest: &'a [u8],
    mtu: usize,
    /// Of the next fragment, in units of eight bytes.
    offset: u16,
    /// The packet is a fragment that others follow.
    more: bool,
    /// None has been written.
    is_first: bool,
}

impl<'a> Fragments<'a> {
    /// Takes a packet that is longer than `mtu`; `None` if it is not, if it is no whole IPv4 packet,
    /// if its source has set "don't fragment", or if `mtu` is below 68, which leaves no room (RFC 791).
    pub fn new(packet: &'a [u8], mtu: u16) -> Option<Self> {
        let fixed = packet.first_chunk::<HEADER_LEN>().filter(|fixed| fixed[0] >> 4 == 4)?;
        let len = usize::from(u16::from_be_bytes([fixed[2], fixed[3]]));
        let flags = u16::from_be_bytes([fixed[6], fixed[7]]);
        let header_len = usize::from(fixed[0] & 0xf) * 4;
        let mtu = usize::from(mtu);
        if flags & DONT_FRAGMENT != 0 || len <= mtu || mtu < 68 || header_len < HEADER_LEN {
            return None;
        }
        let (header, rest) = packet.get(..len)?.split_at_checked(header_len)?;
        let (offset, more) = (flags & OFFSET, flags & MORE != 0);
        Some(Self { header, rest, mtu, offset, more, is_first: true })
    }

    /// Writes the next fragment into `out`; returns its length, or `None` if there are no more, or if
    /// `out` is shorter than it.
    pub fn write_next(&mut self, out: &mut [u8]) -> Option<usize> {
        if self.rest.is_empty() {
            return None;
        }
        let mut header = [0; MAX_HEADER_LEN];
        let header_len = match self.is_first {
            true => {
                header.get_mut(..self.header.len())?.copy_from_slice(self.header);
                self.header.len()
            }
            false => self.write_later_header(&mut header)?,
        };
        let room = self.mtu - header_len;
        let (content, rest) = match self.rest.len() <= room {
            true => (self.rest, [].as_slice()),
            false => self.rest.split_at_checked(room / 8 * 8)?,
        };
        let more = self.more || !rest.is_empty();
        let len = header_len + content.len();
        let flags = self.offset | if more { MORE } else { 0 };
        let header = header.get_mut(..header_len)?;
        header.get_mut(2..4)?.copy_from_slice(&u16::try_from(len).ok()?.to_be_bytes());
        header.get_mut(6..8)?.copy_from_slice(&flags.to_be_bytes());
        header.get_mut(10..12)?.fill(0);
        let sum = Sum::default().add(header).checksum();
        header.get_mut(10..12)?.copy_from_slice(&sum.to_be_bytes());

        let (front, behind) = out.get_mut(..len)?.split_at_mut(header_len);
        front.copy_from_slice(header);
        behind.copy_from_slice(content);
        self.offset = (self.offset + u16::try_from(content.len() / 8).ok()?) & OFFSET;
        (self.rest, self.is_first) = (rest, false);
        Some(len)
    }

    /// The header of a fragment that is not the first, with those options alone that are in all.
    fn write_later_header(&self, header: &mut [u8; MAX_HEADER_LEN]) -> Option<usize> {
        const COPIED: u8 = 0x80;
        const END: u8 = 0;
        const NOTHING: u8 = 1;
        let (fixed, mut options) = self.header.split_first_chunk::<HEADER_LEN>()?;
        header.first_chunk_mut().map(|first| *first = *fixed)?;
        let mut end = HEADER_LEN;
        loop {
            let len = match options {
                [] | [END, ..] => break,
                [NOTHING, ..] => 1,
                [_, len, ..] if *len >= 2 => usize::from(*len),
                _ => break,
            };
            // One that does not end is the last.
            let Some((option, rest)) = options.split_at_checked(len) else { break };
            if option.first()? & COPIED != 0 {
                header.get_mut(end..end + len)?.copy_from_slice(option);
                end += len;
            }
            options = rest;
        }
        let end = end.next_multiple_of(4);
        *header.first_mut()? = 0x40 | u8::try_from(end / 4).ok()?;
        Some(end)
    }
}
