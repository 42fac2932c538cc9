"""WeCom 企业微信, as a lender's own application ("自建应用") speaks with it.

`envelope` opens and makes callbacks, `events` reads them, `client` calls the interface; on these stand `friends`
(links, contacts, welcome words), `customer_service` (微信客服, the one WeChat channel with a hard gate), `member_chat`
(what a member must confirm), `intercept` (敏感词 rules) and `archive` (会话内容存档).

WeCom has no interface that accepts or refuses a friend, holds a member's text, or deletes a customer. What is
done by a person in the client is only permitted here, and reconciled when its event arrives.
"""
