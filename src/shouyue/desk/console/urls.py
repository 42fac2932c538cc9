"""The console's addresses: one folder a place."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from shouyue.desk.console.agencies import views as agencies
from shouyue.desk.console.approvals import views as approvals
from shouyue.desk.console.board import views as board
from shouyue.desk.console.companies import views as companies
from shouyue.desk.console.conduct import views as conduct
from shouyue.desk.console.debtor import views as debtor
from shouyue.desk.console.design.views import design
from shouyue.desk.console.editions import views as editions
from shouyue.desk.console.emergency import views as emergency
from shouyue.desk.console.erasure import views as erasure
from shouyue.desk.console.evidence import views as evidence
from shouyue.desk.console.friend_requests import views as friend_requests
from shouyue.desk.console.home import home
from shouyue.desk.console.imports import views as imports
from shouyue.desk.console.inbox import calling
from shouyue.desk.console.inbox import views as inbox
from shouyue.desk.console.outreach import views as outreach
from shouyue.desk.console.people import views as people
from shouyue.desk.console.queue import views as queue
from shouyue.desk.console.review import views as review
from shouyue.desk.console.rights import views as rights
from shouyue.desk.console.suits import views as suits
from shouyue.desk.console.training import views as training
from shouyue.desk.console.unmask.views import unmask
from shouyue.desk.console.wordings import views as wordings

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("accounts/", include("shouyue.desk.console.sign_in.urls")),
    path("design/", design, name="design"),
    path("queue/", queue.queue, name="queue"),
    path("find/", queue.find, name="find"),
    path("matters/<uuid:pk>/", debtor.debtor, name="debtor"),
    path("matters/<uuid:pk>/dossier/", outreach.dossier, name="dossier"),
    path("matters/<uuid:pk>/conduct/", conduct.of_case, name="case_conduct"),
    path("matters/<uuid:pk>/conduct/<uuid:event>/contest/", conduct.contest, name="contest_conduct"),
    path("matters/<uuid:pk>/conduct/<uuid:event>/answer/", conduct.answer, name="answer_conduct"),
    path("matters/<uuid:pk>/companies/<uuid:party>/", companies.company, name="company"),
    path("matters/<uuid:pk>/companies/<uuid:party>/<slug:what>/", companies.act, name="company_act"),
    path("matters/<uuid:pk>/companies/<uuid:party>/seals/<int:chop>/", companies.print_of, name="print_of"),
    path(
        "matters/<uuid:pk>/companies/<uuid:party>/seals/<int:chop>/retire/",
        companies.retire,
        name="retire_chop",
    ),
    path("my-conduct/<uuid:event>/contest/", conduct.contest_own, name="contest_own_conduct"),
    path("review/contested/<uuid:event>/answer/", conduct.answer_contested, name="answer_contested"),
    path("matters/<uuid:pk>/threads/", debtor.new_thread, name="new_thread"),
    path("matters/<uuid:pk>/numbers/<int:point>/lock/", debtor.lock, name="lock_number"),
    path("matters/<uuid:pk>/invite/<uuid:party>/", debtor.invite, name="invite"),
    path("matters/<uuid:pk>/promises/", debtor.promise, name="promise"),
    path("matters/<uuid:pk>/promises/<uuid:promise>/cancel/", debtor.cancel_promise, name="cancel_promise"),
    path("matters/<uuid:pk>/plans/", debtor.plan, name="plan"),
    path("unmask/<uuid:party>/<slug:what>/", unmask, name="unmask"),
    path("threads/", inbox.inbox, name="inbox"),
    path("threads/unmatched/", inbox.unmatched, name="unmatched"),
    path("threads/unmatched/<uuid:pk>/", inbox.place, name="place_message"),
    path("threads/<uuid:pk>/", inbox.thread, name="thread"),
    path("threads/<uuid:pk>/take-up/", inbox.take_up, name="take_up_thread"),
    path("threads/<uuid:pk>/advice/", inbox.advise, name="advise"),
    path("threads/<uuid:pk>/messages/", inbox.send, name="send"),
    path("threads/<uuid:pk>/messages/<uuid:contact>/cancel/", inbox.cancel, name="cancel_contact"),
    path("threads/<uuid:pk>/messages/<uuid:contact>/look-after/", inbox.look_after, name="look_after"),
    path("threads/<uuid:pk>/calls/", calling.record, name="call_record"),
    path("threads/<uuid:pk>/calls/<uuid:contact>/", calling.report, name="call_report"),
    path("threads/<uuid:pk>/calls/<uuid:contact>/number/", calling.number, name="call_number"),
    path("threads/<uuid:pk>/hand-over/", inbox.hand_over, name="hand_over"),
    path("threads/<uuid:pk>/close/", inbox.close, name="close_thread"),
    path("threads/<uuid:pk>/evidence/", evidence.evidence, name="evidence"),
    path("threads/<uuid:pk>/accounts/<int:account>/unbind/", evidence.unbind, name="unbind_account"),
    path("threads/<uuid:pk>/evidence/hand-out/", evidence.hand_out_thread, name="hand_out_thread"),
    path("matters/<uuid:pk>/evidence/", evidence.matter_evidence, name="matter_evidence"),
    path("matters/<uuid:pk>/evidence/hand-out/", evidence.hand_out_matter, name="hand_out_matter"),
    path("packages/<uuid:pk>/", evidence.take_away, name="take_away"),
    path("messages/<uuid:contact>/original/<int:place>/", evidence.original, name="original"),
    path("messages/<uuid:contact>/transcript/<int:place>/", evidence.transcript, name="transcript"),
    path("friend-requests/", friend_requests.board, name="friend_requests"),
    path("friend-requests/report/", friend_requests.report, name="report_friend_request"),
    path("friend-requests/<uuid:pk>/", friend_requests.friend_request, name="friend_request"),
    path("friend-requests/<uuid:pk>/decide/", friend_requests.decide, name="decide_friend_request"),
    path("friend-requests/<uuid:pk>/refuse/", friend_requests.refuse, name="refuse_friend_request"),
    path("friend-requests/<uuid:pk>/match/", friend_requests.match, name="match_friend_request"),
    path("friend-requests/incidents/<uuid:pk>/", friend_requests.settle, name="settle_incident"),
    path("friend-requests/<uuid:pk>/accepted/", friend_requests.accepted, name="accepted_friend_request"),
    path("rights/", rights.rights, name="rights"),
    path("rights/<uuid:pk>/", rights.right, name="right"),
    path("rights/<uuid:pk>/take/", rights.take, name="take_right"),
    path("rights/<uuid:pk>/longer/", rights.longer, name="longer_right"),
    path("matters/<uuid:pk>/own-page/<uuid:party>/", rights.send_page, name="send_page"),
    path("erasures/", erasure.erasures, name="erasures"),
    path("erasures/<uuid:pk>/", erasure.erasure, name="erasure"),
    path("erasures/<uuid:pk>/ask/", erasure.ask, name="ask_erasure"),
    path("erasures/<uuid:pk>/decide/", erasure.decide, name="decide_erasure"),
    path("strategies/", outreach.strategies, name="strategies"),
    path("strategies/<uuid:pk>/approve/", outreach.approve, name="approve_strategies"),
    path("strategies/<uuid:pk>/end/", outreach.end, name="end_strategies"),
    path("imports/", imports.case_files, name="imports"),
    path("imports/template/", imports.empty_file, name="empty_file"),
    path("imports/<slug:digest>/", imports.case_file, name="import"),
    path("suits/", suits.board, name="suits"),
    path("suits/calendar/", suits.calendar_address, name="calendar_address"),
    path("suits/<uuid:pk>/", suits.suit, name="suit"),
    path("suits/<uuid:pk>/papers/<int:paper>.<slug:form>", suits.paper, name="suit_paper"),
    path("suits/<uuid:pk>/<slug:what>/", suits.act, name="suit_act"),
    path("calendar/<slug:word>.ics", suits.calendar, name="suit_calendar"),
    path("matters/<uuid:pk>/suits/", suits.new, name="new_suit"),
    path("rules/", editions.editions, name="editions"),
    path("rules/<uuid:pk>/approve/", editions.approve, name="approve_edition"),
    path("people/", people.people, name="people"),
    path("people/teams/", people.team, name="team"),
    path("people/<str:staff_no>/", people.one, name="person"),
    path("people/<str:staff_no>/<slug:what>/", people.one, name="person_act"),
    path("agencies/", agencies.agencies, name="agencies"),
    path("agencies/<uuid:pk>/", agencies.agency, name="agency"),
    path("agencies/<uuid:pk>/<slug:what>/", agencies.act, name="agency_act"),
    path("agencies/placed/<uuid:pk>/told/", agencies.tell, name="tell_debtor"),
    path("agencies/placed/<uuid:pk>/back/", agencies.withdraw, name="withdraw_matter"),
    path("my-agency/", agencies.mine, name="my_agency"),
    path("emergencies/", emergency.emergencies, name="emergencies"),
    path("emergencies/told/", emergency.told, name="told"),
    path("emergencies/<uuid:pk>/", emergency.emergency, name="emergency"),
    path("emergencies/<uuid:pk>/steps/<int:n>/<slug:what>/", emergency.step, name="emergency_step"),
    path("emergencies/<uuid:pk>/channels/<int:stop>/", emergency.reconcile, name="reconcile_emergency"),
    path("emergencies/<uuid:pk>/<slug:what>/", emergency.move, name="move_emergency"),
    path("training/", training.my_training, name="training"),
    path("training/seen/", training.read_reminders, name="read_reminders"),
    path("training/courses/<slug:id>/", training.course, name="course"),
    path("training/courses/<slug:id>/exam/", training.begin, name="begin_exam"),
    path("training/exams/<uuid:pk>/", training.exam, name="exam"),
    path("training/board/", training.board, name="training_board"),
    path("training/board/exempt/", training.exempt, name="exempt"),
    path("training/board/retrain/", training.retrain, name="retrain"),
    path("training/board/lift/<uuid:pk>/", training.lift, name="lift_retraining"),
    path("board/", board.board, name="board"),
    path("board/<slug:name>/", board.one_figure, name="figure"),
    path("board/<slug:name>.csv", board.figure_csv, name="figure_csv"),
    path("wordings/", wordings.wordings, name="wordings"),
    path("wordings/propose/", wordings.propose, name="propose_wording"),
    path("wordings/<uuid:pk>/retire/", wordings.retire, name="retire_wording"),
    path("approvals/", approvals.inbox, name="approvals"),
    path("approvals/<uuid:pk>/", approvals.approval, name="approval"),
    path("approvals/<uuid:pk>/hold/", approvals.hold_back, name="hold_approval"),
    path("approvals/<uuid:pk>/send-back/", approvals.send_back, name="send_back"),
    path("review/before/", review.before, name="review_before"),
    path("review/after/", review.after, name="review_after"),
    path("review/after/<int:pk>/", review.one, name="review_one"),
    path("review/figures/", review.figures, name="review_figures"),
    path("review/conduct/", review.conduct, name="conduct"),
    path("review/conduct/<str:staff_no>/coach/", review.coach, name="coach"),
    path("review/findings/", review.my_findings, name="my_findings"),
    path("review/findings/<uuid:pk>/appeal/", review.appeal, name="appeal_finding"),
    path("review/findings/<uuid:pk>/answer/", review.answer_appeal, name="answer_finding"),
    path("review/findings/<uuid:pk>/remedy/", review.remedy, name="remedy_finding"),
    path("review/blocks/<uuid:pk>/answer/", review.answer_block, name="answer_block"),
    path("threads/<uuid:pk>/messages/<uuid:contact>/wrong-block/", review.appeal_block, name="appeal_block"),
]
