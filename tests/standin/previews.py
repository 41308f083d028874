"""An answer with blocks of code that a page can show as more than code: pages, images, diagrams, tables, trees."""

PREVIEWS = '''\
A page with a little script:

```html
<!doctype html>
<html lang="en">
<head>
  <title>Guests</title>
  <style>
    body { display: grid; place-content: center; min-height: 90vh; font-family: system-ui, sans-serif; }
    h1, p { text-align: center; }
    button { font-size: 1.5rem; padding: 0.5em 1em; border-radius: 0.5em; }
  </style>
</head>
<body>
  <h1>Who brings a dish?</h1>
  <p><output>0</output> guests so far</p>
  <button>One more</button>
  <script>
    const output = document.querySelector("output");
    document.querySelector("button").addEventListener("click", () => output.value++);
  </script>
</body>
</html>
```

An image:

```svg
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" role="img" aria-label="A pot">
  <circle cx="60" cy="60" r="56" fill="#2f7d5b"/>
  <path d="M30 52h60v22a18 18 0 0 1-18 18H48a18 18 0 0 1-18-18z" fill="#fff"/>
  <path d="M46 44c0-8 6-8 6-16m8 16c0-8 6-8 6-16m8 16c0-8 6-8 6-16" fill="none" stroke="#fff" stroke-width="4"/>
</svg>
```

A diagram:

```mermaid
flowchart LR
  guest[A guest] -->|brings| dish(A dish)
  dish --> table{Is there enough?}
  table -->|yes| eat[Everybody eats]
  table -->|no| guest
```

A table:

```csv
Dish,Guest,Portions,Price
"Bread, sourdough",Ada,12,3.50
"Soup of the ""season""",Grace,8,6.20
Salad,Alan,10,4.80
"Cake
(with candles)",Edsger,16,9.90
```

And the same for a program:

```json
{"guests": ["Ada", "Grace", "Alan"], "dishes": {"bread": {"portions": 12, "price": 3.50}, "cake": null}, "enough": true}
```
'''
