import { readConfig } from './config.js';

const LEAST = {
  ADMIN_PORT: '9001',
  CONTROL_PORT: '9000',
  CONTROL_DATA: '/data/control',
  DATABASE_URL: 'postgresql://u:p@127.0.0.1:5432/d',
  KAFKA_BROKERS: '127.0.0.1:9092',
};

it('listens on loopback unless told otherwise', () => {
  expect(readConfig(LEAST).http).toEqual({ host: '127.0.0.1', port: 9_000 });
  expect(readConfig({ ...LEAST, CONTROL_HOST: '0.0.0.0' }).http.host).toBe('0.0.0.0');
});

it('invoices stay drafts for three days unless told otherwise, and at most until the next month is over', () => {
  expect(readConfig(LEAST).invoiceGraceDays).toBe(3);
  expect(readConfig({ ...LEAST, CONTROL_INVOICE_GRACE_DAYS: '0' }).invoiceGraceDays).toBe(0);
  expect(() => readConfig({ ...LEAST, CONTROL_INVOICE_GRACE_DAYS: '29' })).toThrow(/CONTROL_INVOICE_GRACE_DAYS/);
});

it('fetches no picture from a private address unless told otherwise', () => {
  expect(readConfig(LEAST).picturePrivateHosts).toEqual([]);
  expect(readConfig({ ...LEAST, PICTURE_PRIVATE_HOSTS: 'localhost, shop' }).picturePrivateHosts).toEqual([
    'localhost',
    'shop',
  ]);
});

it('names every mistake at once', () => {
  const attempt = () => readConfig({ ...LEAST, CONTROL_PORT: 'x', DATABASE_URL: 'mysql://x', CONTROL_DATA: '' });
  expect(attempt).toThrow(/CONTROL_PORT/);
  expect(attempt).toThrow(/DATABASE_URL/);
  expect(attempt).toThrow(/CONTROL_DATA/);
});

it('repeats no word of a mistyped database address, which holds a password', () => {
  const attempt = () => readConfig({ ...LEAST, DATABASE_URL: 'postgres//u:hunter2@db/d' });
  expect(attempt).toThrow(/DATABASE_URL can't be used: give postgresql:/);
  expect(attempt).not.toThrow(/hunter2/);
});
