/** Shows a shopper what is offered to him, and tells what came of it. */
import { createOfferstreamClient, OfferstreamError } from '@offerstream/client';

const { OFFERSTREAM_URL, OFFERSTREAM_KEY } = process.env;
const [subject = 'anna', placement = 'home'] = process.argv.slice(2);

const offerstream = createOfferstreamClient({
  url: OFFERSTREAM_URL ?? 'http://127.0.0.1:9403',
  apiKey: OFFERSTREAM_KEY ?? '',
});

try {
  const offer = await offerstream.get('/v1/offers/{subject}', { params: { path: { subject }, query: { placement } } });
  console.log(`For ${subject} in ${placement}:`);
  for (const { rank, item, strategy } of offer.items) console.log(`${rank}. ${item} (${strategy})`);

  // The shopper has seen the offer, and clicks its first item.
  const seen = { subject, offerId: offer.id };
  const clicked = offer.items.slice(0, 1).map(({ item }) => ({ item }));
  const { accepted } = await offerstream.post('/v1/outcomes', {
    body: {
      outcomes: [
        { ...seen, type: 'impression' },
        { ...seen, type: 'click', items: clicked },
      ],
    },
  });
  console.log(`${accepted} outcomes are reported.`);
} catch (error) {
  if (!(error instanceof OfferstreamError)) throw error;
  console.error(`${error.reason} ${error.fix} (${error.code}, request ${error.requestId ?? 'without an id'})`);
  process.exitCode = 1;
}
