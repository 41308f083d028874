"""Search in one's own chats: `find.find()`. Why it is built like this: docs/decisions/0008-search.md.

`chat.models.Findable` holds each text that can be found, written by triggers alone. `sqlite` and `postgresql` make the
triggers and the index of words, and ask it; `index` keeps both in order; `query` reads what people type; `excerpt`
cuts what they see.
"""
