// Names of channels and locks, which all code of an origin shares.
export const names = {
  common: (server: string) => `myelin ${server}`,
  leader: (server: string) => `myelin leader ${server}`,
  store: (server: string) => `myelin store ${server}`,
  tab: (tab: string) => `myelin tab ${tab}`,
  link: (link: string) => `myelin link ${link}`,
};
