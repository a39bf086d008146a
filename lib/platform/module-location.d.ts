/** Folder of the running build (`dist/esm` or `dist/cjs`). Two hand-written files, because `import.meta` and `__dirname` do not compile into each other. */
export declare const buildFolder: string;
