from django.urls import path

from chat.views import account, conversations, editing, health, history, home, message, pictures, replies, signin

urlpatterns = [
    path("", home.home, name="home"),
    path("signin/", signin.signin, name="signin"),
    path("signin/callback/", signin.callback, name="signin-callback"),
    path("signout/", signin.signout, name="signout"),
    path("account/", account.account, name="account"),
    path("disconnect/", account.disconnect, name="disconnect"),
    path("appearance/", account.appearance, name="appearance"),
    path("chats/", conversations.index, name="chats"),
    path("chats/<uuid:conversation_id>/", conversations.show, name="conversation"),
    path("chats/<uuid:conversation_id>/title/", conversations.rename, name="rename"),
    path("chats/<uuid:conversation_id>/deletion/", conversations.delete, name="delete"),
    path("chats/<uuid:conversation_id>/messages/", history.messages, name="messages"),
    path("messages/<uuid:message_id>/", message.menu, name="message"),
    path("messages/<uuid:message_id>/edit/", editing.edit, name="edit"),
    path("messages/<uuid:message_id>/article/", editing.show, name="article"),
    path("messages/<uuid:message_id>/text/", message.text, name="text"),
    path("messages/<uuid:message_id>/fork/", message.fork_off, name="fork"),
    path("messages/<uuid:message_id>/answer/", replies.answer, name="answer"),
    path("messages/<uuid:message_id>/deletion/", message.delete, name="delete-message"),
    path("replies/<uuid:reply_id>/stream/", replies.stream, name="stream"),
    path("replies/<uuid:reply_id>/cancellation/", replies.cancel, name="cancellation"),
    path("replies/<uuid:reply_id>/continuation/", replies.go_on, name="continuation"),
    path("replies/<uuid:reply_id>/retry/", replies.retry, name="retry"),
    path("images/<uuid:picture_id>/", pictures.show, name="picture"),
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
