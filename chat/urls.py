from django.urls import path

from chat.views import account, conversations, health, home, messages, pictures, replies, signin

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
    path("chats/<uuid:conversation_id>/messages/", messages.create, name="messages"),
    path("replies/<uuid:reply_id>/stream/", replies.stream, name="stream"),
    path("replies/<uuid:reply_id>/cancellation/", replies.cancel, name="cancellation"),
    path("replies/<uuid:reply_id>/continuation/", replies.go_on, name="continuation"),
    path("replies/<uuid:reply_id>/retry/", replies.retry, name="retry"),
    path("images/<uuid:picture_id>/", pictures.show, name="picture"),
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
