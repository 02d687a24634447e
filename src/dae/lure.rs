//! The Lur'e normal form.
