import { isPublicAddress } from './public-address.js';

it.each(['8.8.8.8', '1.1.1.1', '::ffff:8.8.8.8', '2606:4700::1111', '172.32.0.1', '100.128.0.1'])(
  '%s is',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

it.each([
  ['loopback', '127.0.0.1'],
  ['all of loopback', '127.255.255.254'],
  ['this machine', '0.0.0.0'],
  ['private', '10.0.0.1'],
  ['private', '172.16.0.1'],
  ['private', '192.168.1.1'],
  ['shared by carriers, and a metadata service', '100.100.100.200'],
  ['link-local, and a metadata service', '169.254.169.254'],
  ['a metadata service', '192.0.0.192'],
  ['a host’s services', '168.63.129.16'],
  ['a host’s services, mapped', '::ffff:168.63.129.16'],
  ['for benchmarks', '198.18.0.1'],
  ['for documentation', '203.0.113.7'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['this machine', '::'],
  ['loopback', '::1'],
  ['mapped', '::ffff:127.0.0.1'],
  ['mapped, in hexadecimal digits', '::ffff:a00:1'],
  ['compatible with IPv4', '::10.0.0.1'],
  ['translated', '64:ff9b::a00:1'],
  ['6to4', '2002:a00:1::'],
  ['Teredo', '2001:0:a00:1::'],
  ['link-local', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['site-local', 'fec0::1'],
  ['unique local, and a metadata service', 'fd00:ec2::254'],
  ['for documentation', '2001:db8::1'],
  ['not handed out', '4000::1'],
  ['multicast', 'ff02::1'],
  ['a name', 'localhost'],
  ['nothing', ''],
])('%s (%s) is not', (_, address) => {
  expect(isPublicAddress(address)).toBe(false);
});
