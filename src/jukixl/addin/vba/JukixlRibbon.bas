Attribute VB_Name = "JukixlRibbon"
Option Explicit

' The one callback of the ribbon: hands the id of the button that was pressed to Python, and the number of the window that
' it was pressed in, so that Python finds this Excel among several.
Public Sub Jukixl_OnAction(control As IRibbonControl)
    Dim id As String
    id = control.ID
    If Not JukixlPython.IsPlainId(id) Then Exit Sub
    JukixlPython.RunPython "import ${DISPATCHER} as d; d.press('" & id & "', " & Application.Hwnd & ")"
End Sub
