"""Full-text search in a person's own chats; `find.find()` runs a search. The design: docs/decisions/0008-search.md.

`chat.models.Findable` has a row for each text that can be found, written by database triggers only. `sqlite` and
`postgresql` create the triggers and the index and query it; `index` keeps both up to date; `query` parses what people
type; `excerpt` makes the texts that the results show.
"""
