//! Reading: files of every kind, pages under every light. The digits are training digits; the test digits only measure.

mod files;
mod pages;
mod sketch;
