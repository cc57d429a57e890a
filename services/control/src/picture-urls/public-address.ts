import ipaddr from 'ipaddr.js';

/** What is handed out of IPv6 to networks that anybody reaches (RFC 4291, section 2.4). */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** A public address that machines in Azure reach their host's own services under. */
const OF_THE_HOST = '168.63.129.16';

/**
 * Whether an address leads to the internet, and not into a network of the operator's: of no reserved range (private, loopback,
 * link-local with the clouds' metadata, shared, unique local, multicast, …), mapped into IPv6 or not.
 */
export const isPublicAddress = (text: string): boolean => {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' ? address.toString() !== OF_THE_HOST : address.match(GLOBAL_IPV6);
};
