//! Reading: files of every kind, pages under every light. The digits are training digits; the test digits only measure.

mod files;
mod ordinary;
mod pages;
mod sketch;
