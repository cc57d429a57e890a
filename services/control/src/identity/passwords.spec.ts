import { isPassword, passwordChecker } from './passwords.js';

const SALT = Uint8Array.from({ length: 16 }, (_, index) => index);

it('a password is known by its checker, which tells its parameters and not itself', async () => {
  const checker = await passwordChecker('correct horse battery', SALT);
  expect(checker).toMatch(/^scrypt\$32768\$8\$3\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}$/);
  expect(await isPassword('correct horse battery', checker)).toBe(true);
  expect(await isPassword('correct horse batterz', checker)).toBe(false);
  expect(await isPassword('', checker)).toBe(false);
});

it('is what other implementations of scrypt compute, with other parameters too', async () => {
  // Python: hashlib.scrypt(b'password', salt=b'NaCl', n=1024, r=8, p=16, dklen=64), which is RFC 7914's second vector.
  const hash =
    'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640';
  const checker = `scrypt$1024$8$16$${Buffer.from('NaCl').toString('base64')}$${Buffer.from(hash, 'hex').toString('base64')}`;
  expect(await isPassword('password', checker)).toBe(true);
  expect(await isPassword('passwort', checker)).toBe(false);
});

it('the same text typed in another form of Unicode is the same password', async () => {
  expect(await isPassword('cafe\u0301 au lait!', await passwordChecker('caf\u00e9 au lait!', SALT))).toBe(true);
});

it('nobody has a password', async () => {
  expect(await isPassword('', undefined)).toBe(false);
});
