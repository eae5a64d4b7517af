from excel_sim import ExcelSim
from jukixl.addin.build import build_addin
from jukixl.workbook.snapshot import read_snapshot
def test_x(master_path):
    s=ExcelSim(build_addin()); 
    import time; t=time.time()
    s.open(master_path); print('open',time.time()-t)
    snap=read_snapshot(master_path)
    print({n:snap.value(n) for n in snap.names if n.startswith('text.')})
    print({n:snap.value(n) for n in snap.names if n.startswith('rule.')})
    c=s.range(1,'H9')
    t=time.time(); print(s.call_udf('JK_FIGURE','base_date',caller=c), time.time()-t)
    print(s.call_udf('JK_FIGURE','nope',caller=c))
    t=time.time(); print(s.call_udf('JK_CHECK','別紙5',caller=c), time.time()-t)
    print(s.call_udf('JK_CHECK','annex6_cumulative',caller=c))
    sh,a=snap.locate('input.annex5.applications.192015')
    print(s.sheet(sh).value(a)); s.sheet(sh).set_value(a, 1)
    print(s.call_udf('JK_CHECK','別紙5',caller=c), s.call_udf('JK_CHECK','',caller=c),s.call_udf('JK_CHECK','別紙99',caller=c))
    print(s.windows.tracebacks[0]); assert 0
