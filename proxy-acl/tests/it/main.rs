//! The public behaviour of proxy-acl.
