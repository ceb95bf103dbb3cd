from gearfast.client.pure import JobFields as JobFields
from gearfast.client.pure import RequestFields as RequestFields
from gearfast.client.pure import make_jobs as make_jobs
from gearfast.client.pure import settle as settle
from gearfast.client.pure import take_results as take_results
