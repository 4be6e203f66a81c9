//! What `provision` does with the real machine: processes, folders, sockets.

mod postgres;
