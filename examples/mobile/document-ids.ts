/** Written by `npm run example:mobile:generate`: SHA-256 of each operation in `operations/`. */
export const DOCUMENT_IDS = {
  AddTransaction: '6a95d7799831d7d7b15baf79a16ea4b232a9cb8c3a524a7fdb34957c7e363379',
  Market: '628e53d2e1272a18ab2e7f2de7b8addf0422072af17599ec5dab169c51ca1fb1',
  Portfolio: '36b900b6b511ff3f792040a4e9c8d92b797ef3719f245c0e9b3a229583727bb8',
} as const;
