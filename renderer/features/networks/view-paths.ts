/** Addresses of the views of what is connected with what; no network's id has a letter beyond f. */
export const NETWORK_VIEWS = {
  list: '/networks',
  picture: '/networks/picture',
  ports: '/networks/ports',
} as const;
