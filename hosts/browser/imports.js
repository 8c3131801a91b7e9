// Declares what the module may import, so that any other missing symbol is an error of the link.
// None of this is code: the loader gives the functions (tests/browser/host.mjs, web/server).
mergeInto(LibraryManager.library, {
  host_log: function () {},
  host_slot_read: function () {},
  host_slot_write: function () {},
  host_slot_truncate: function () {},
  host_slot_size: function () {},
  host_slot_flush: function () {},
});
