/** What a category sells: what its things are called, what tells them apart, and from which to which price. */
export interface Category {
  readonly name: string;
  readonly nouns: readonly string[];
  readonly variants: readonly string[];
  /** Euros. */
  readonly prices: readonly [number, number];
}

export interface Department {
  readonly name: string;
  /** The later in the list, the more expensive. */
  readonly brands: readonly string[];
  readonly categories: readonly Category[];
}

const category = (name: string, prices: readonly [number, number], nouns: string, variants: string): Category => ({
  name,
  prices,
  nouns: nouns.split(', '),
  variants: variants.split(', '),
});

const COLOURS = 'Black, White, Navy, Forest Green, Sand, Slate Grey, Terracotta, Sky Blue';
const WOODS = 'Oak, Walnut, Ash, Beech, White, Black';

/** Names of lines of goods; with the brand they make a title one of a kind. */
export const LINES: readonly string[] =
  'Alta, Arbor, Aster, Brisk, Cairn, Cedar, Clover, Coast, Comet, Delta, Dune, Ember, Fjord, Flint, Glide, Grove, Harbor, Haven, Indigo, Juniper, Kestrel, Lark, Linden, Luna, Meadow, Mistral, Nimbus, Nova, Onyx, Opal, Orbit, Otter, Pebble, Pine, Quartz, Rapid, Reed, Ridge, River, Rowan, Sable, Sierra, Solstice, Summit, Swift, Tundra, Vega, Verve, Willow, Zephyr'.split(
    ', ',
  );

/** Ten departments of five categories each. The brands are invented. */
export const DEPARTMENTS: readonly Department[] = [
  {
    name: 'Running',
    brands: ['Pacera', 'Stridewell', 'Velomar', 'Tarnfoot', 'Kinetik', 'Aerolith'],
    categories: [
      category('Running Shoes', [55, 190], 'Road Running Shoes, Trail Running Shoes, Racing Flats', COLOURS),
      category('Running Jackets', [40, 180], 'Running Jacket, Wind Jacket, Rain Shell', COLOURS),
      category('Running Tights', [25, 95], 'Running Tights, 3/4 Tights, Running Shorts', COLOURS),
      category('Running Watches', [79, 480], 'GPS Watch, Running Watch', 'Black, Graphite, Silver, Coral, Mint'),
      category('Hydration', [12, 65], 'Hydration Vest, Soft Flask, Running Belt', '0.5 l, 1 l, 2 l, 5 l, 8 l'),
    ],
  },
  {
    name: 'Outdoor',
    brands: ['Campora', 'Fernhill', 'Wayfold', 'Granitt', 'Skarn', 'Boreal Peak'],
    categories: [
      category(
        'Tents',
        [79, 690],
        'Trekking Tent, Dome Tent, Tunnel Tent',
        '1 Person, 2 Persons, 3 Persons, 4 Persons',
      ),
      category(
        'Sleeping Bags',
        [35, 420],
        'Down Sleeping Bag, Summer Sleeping Bag, Sleeping Bag',
        'Regular, Long, Wide, Left Zip, Right Zip',
      ),
      category('Backpacks', [29, 290], 'Daypack, Trekking Backpack, Touring Backpack', '18 l, 25 l, 35 l, 45 l, 65 l'),
      category(
        'Hiking Boots',
        [69, 310],
        'Hiking Boots, Approach Shoes, Trekking Boots',
        'Brown, Grey, Black, Olive, Blue',
      ),
      category(
        'Camp Kitchen',
        [9, 160],
        'Gas Stove, Cook Set, Titanium Mug, Spork Set',
        'Small, Large, Ultralight, Family',
      ),
    ],
  },
  {
    name: 'Cycling',
    brands: ['Rondello', 'Pedalia', 'Chainwright', 'Murano Velo', 'Spokehaus', 'Carbonelle'],
    categories: [
      category('Helmets', [29, 260], 'Road Helmet, City Helmet, MTB Helmet', COLOURS),
      category('Cycling Jerseys', [25, 150], 'Cycling Jersey, Thermal Jersey, Gravel Shirt', COLOURS),
      category('Bike Lights', [12, 140], 'Front Light, Rear Light, Light Set', '30 lux, 60 lux, 100 lux, 120 lux'),
      category('Panniers', [25, 190], 'Pannier, Handlebar Bag, Saddle Bag', '1 l, 6 l, 12 l, 20 l, Pair'),
      category(
        'Bike Tools',
        [6, 120],
        'Multitool, Floor Pump, Mini Pump, Chain Kit',
        'Compact, Workshop, Carbon, Steel',
      ),
    ],
  },
  {
    name: 'Kitchen',
    brands: ['Tavola', 'Homestead', 'Brassica', 'Copperline', 'Nordkok', 'Maison Ferrer'],
    categories: [
      category('Pans', [19, 240], 'Frying Pan, Saute Pan, Wok, Grill Pan', '20 cm, 24 cm, 28 cm, 32 cm'),
      category(
        'Kitchen Knives',
        [12, 260],
        "Chef's Knife, Santoku, Bread Knife, Paring Knife",
        '9 cm, 14 cm, 18 cm, 20 cm',
      ),
      category(
        'Coffee Makers',
        [15, 690],
        'Espresso Machine, Moka Pot, Pour-over Set, French Press',
        'Steel, Black, Copper, Glass',
      ),
      category(
        'Tableware',
        [8, 140],
        'Dinner Plates, Bowls, Mugs, Serving Platter',
        'Set of 2, Set of 4, Set of 6, Single',
      ),
      category('Bakeware', [7, 90], 'Loaf Tin, Springform, Baking Tray, Muffin Tin', '20 cm, 26 cm, 30 cm, 12 Cups'),
    ],
  },
  {
    name: 'Home',
    brands: ['Lumenia', 'Hemsida', 'Calm & Oak', 'Studio Varn', 'Atelier Bruun', 'Palisander'],
    categories: [
      category(
        'Lamps',
        [19, 390],
        'Table Lamp, Floor Lamp, Pendant Lamp, Wall Lamp',
        'Brass, Black, White, Linen, Smoke',
      ),
      category('Rugs', [25, 490], 'Wool Rug, Runner, Flatweave Rug', '80 x 150, 120 x 180, 160 x 230, 200 x 300'),
      category('Bedding', [19, 210], 'Duvet Cover, Linen Sheet, Pillow Cases, Bedspread', COLOURS),
      category('Shelving', [29, 450], 'Wall Shelf, Bookcase, Side Table', WOODS),
      category('Candles', [6, 70], 'Scented Candle, Candle Holder, Diffuser', 'Cedar, Fig, Sea Salt, Amber, Unscented'),
    ],
  },
  {
    name: 'Electronics',
    brands: ['Voltera', 'Nexum', 'Auris', 'Pixelane', 'Soniq Lab', 'Heliodyne'],
    categories: [
      category('Headphones', [25, 430], 'Wireless Headphones, Earbuds, Studio Headphones', 'Black, White, Blue, Sand'),
      category('Speakers', [29, 590], 'Bluetooth Speaker, Bookshelf Speaker, Soundbar', 'Black, White, Walnut, Grey'),
      category(
        'Keyboards',
        [25, 260],
        'Mechanical Keyboard, Low-profile Keyboard, Number Pad',
        'ISO, ANSI, Silent, Tactile',
      ),
      category('Cameras', [89, 1900], 'Mirrorless Camera, Action Camera, Prime Lens', '24 mm, 35 mm, 50 mm, Kit, Body'),
      category('Chargers', [9, 120], 'USB-C Charger, Power Bank, Charging Stand', '20 W, 45 W, 65 W, 100 W'),
    ],
  },
  {
    name: 'Fashion',
    brands: ['Loomwear', 'Ternary', 'Costa Lana', 'Marlow', 'Ines Vidal', 'Rive Nord'],
    categories: [
      category('Dresses', [29, 290], 'Midi Dress, Wrap Dress, Shirt Dress, Knit Dress', COLOURS),
      category('Knitwear', [25, 260], 'Merino Jumper, Cardigan, Cashmere Roll-neck', COLOURS),
      category('Jeans', [35, 180], 'Slim Jeans, Straight Jeans, Wide Jeans', 'Indigo, Black, Mid Blue, Ecru'),
      category('Shirts', [25, 160], 'Oxford Shirt, Linen Shirt, Flannel Shirt', COLOURS),
      category('Sneakers', [45, 240], 'Leather Sneakers, Canvas Sneakers, Court Sneakers', COLOURS),
    ],
  },
  {
    name: 'Beauty',
    brands: ['Plainly', 'Derma Nine', 'Botanix', 'Halo Skin', 'Maree', 'Oriel Paris'],
    categories: [
      category('Face Care', [7, 120], 'Day Cream, Night Serum, Face Oil, Cleanser', '30 ml, 50 ml, 100 ml, Travel'),
      category('Hair Care', [6, 60], 'Shampoo, Conditioner, Hair Mask', '200 ml, 300 ml, 500 ml, Refill'),
      category('Perfume', [25, 220], 'Eau de Parfum, Eau de Toilette', '30 ml, 50 ml, 75 ml, 100 ml'),
      category('Make-up', [6, 70], 'Lipstick, Mascara, Foundation, Blush', 'Rose, Nude, Berry, Ivory, Honey'),
      category('Sun Care', [8, 55], 'Sun Milk, Face Sunscreen, After Sun', 'SPF 20, SPF 30, SPF 50, Kids'),
    ],
  },
  {
    name: 'Garden',
    brands: ['Rootwell', 'Greenacre', 'Terrafin', 'Hortus', 'Bloomsbury Field', 'Verdane'],
    categories: [
      category('Garden Tools', [9, 140], 'Spade, Secateurs, Hoe, Hand Fork', 'Ash Handle, Steel, Short, Long'),
      category('Plant Pots', [5, 120], 'Terracotta Pot, Planter, Hanging Pot', '12 cm, 18 cm, 25 cm, 40 cm'),
      category(
        'Seeds',
        [2, 15],
        'Tomato Seeds, Wildflower Mix, Herb Seeds, Bean Seeds',
        'Organic, Heirloom, Early, Late',
      ),
      category('Outdoor Furniture', [39, 890], 'Folding Chair, Bistro Table, Lounger, Bench', WOODS),
      category('Grills', [45, 990], 'Kettle Grill, Gas Grill, Fire Bowl', '37 cm, 47 cm, 57 cm, 3 Burners'),
    ],
  },
  {
    name: 'Children',
    brands: ['Pompelo', 'Tiny Harbor', 'Kiekeboo', 'Wunderling', 'Oakling', 'Petit Faon'],
    categories: [
      category(
        'Wooden Toys',
        [9, 110],
        'Building Blocks, Train Set, Stacking Tower, Puzzle',
        '12 Pieces, 24 Pieces, 50 Pieces, Deluxe',
      ),
      category('Board Games', [9, 45], 'Strategy Game, Memory Game, Cooperative Game, Card Game', '4+, 6+, 8+, 10+'),
      category('Picture Books', [8, 30], 'Picture Book, Board Book, Sticker Book', 'Hardcover, Pocket, Gift Edition'),
      category('Prams', [99, 990], 'Buggy, Pram, Carrier', 'Black, Grey, Sand, Blue'),
      category('Baby Clothing', [7, 70], 'Romper, Bodysuits, Sleep Sack, Knit Hat', '56, 62, 68, 74, 80'),
    ],
  },
];
