Attribute VB_Name = "JukixlPython"
Option Explicit
Option Compare Binary
Option Private Module

' Starts Python and the functions that cells call. Which Python is started is read from one file in the user's own
' folder. No workbook that is open, and no file beside one, is asked.

#If Win64 Then
    Private Const SERVER_LIBRARY As String = "${DLL64}"
    Private Declare PtrSafe Function XLPyDLLActivateAuto Lib "${DLL64}" (ByRef Result As Variant, Optional ByVal Config As String = "", Optional ByVal mode As Long = 1) As Long
#Else
    Private Const SERVER_LIBRARY As String = "${DLL32}"
    Private Declare PtrSafe Function XLPyDLLActivateAuto Lib "${DLL32}" (ByRef Result As Variant, Optional ByVal Config As String = "", Optional ByVal mode As Long = 1) As Long
#End If
Private Declare PtrSafe Function LoadLibrary Lib "kernel32" Alias "LoadLibraryA" (ByVal FileName As String) As LongPtr

Public Const PROJECT_NAME As String = "${PROJECT}"
Public Const XLWINGS_VERSION As String = "${XLWINGS}"

Private Const QUOTE As String = """"
Private Const FOR_READING As Long = 1
Private Const HIDDEN_WINDOW As Long = 0
Private Const WARNING_ICON As Long = 48
Private Const ACTIVATION_FAILED As Long = vbObjectError + 1000

' Letters, digits and _ only: nothing that could end the text of a Python statement.
Public Function IsPlainId(ByVal id As String) As Boolean
    IsPlainId = Len(id) > 0 And Not (id Like "*[!A-Za-z0-9_]*")
End Function

' Runs one Python statement without double quotes, and waits for its end.
Public Sub RunPython(ByVal statement As String)
    Dim interpreter As String
    interpreter = FindInterpreter()
    If interpreter = "" Then
        ShowMessage "NoInterpreter"
    ElseIf LCase$(ReadSetting("USE UDF SERVER")) = "true" Then
        RunInServer statement
    Else
        RunOnce interpreter, statement
    End If
End Sub

' A process of its own: started directly, without a command shell. -P keeps the current folder off Python's path. Esc is
' for Python, which asks for it; VBA would end in the middle of the wait. Excel itself enables the key again at the end.
Private Sub RunOnce(ByVal interpreter As String, ByVal statement As String)
    Dim failed As Boolean
    Application.EnableCancelKey = xlDisabled
    On Error Resume Next
    failed = (WindowsShell().Run(PythonCommand(interpreter, statement), HIDDEN_WINDOW, True) <> 0)
    If Err.Number <> 0 Then failed = True
    On Error GoTo 0
    If failed Then ShowMessage "PythonFailed"
End Sub

' The process that serves the functions of cells.
Private Sub RunInServer(ByVal statement As String)
    Dim failed As Boolean
    On Error Resume Next
    XLPy().Exec statement
    failed = (Err.Number <> 0)
    On Error GoTo 0
    If failed Then ShowMessage "PythonFailed"
End Sub

Private Function PythonCommand(ByVal interpreter As String, ByVal statement As String) As String
    If InStr(statement, QUOTE) > 0 Then Err.Raise 5
    PythonCommand = QUOTE & interpreter & QUOTE & " -P -B -c " & QUOTE & statement & QUOTE
End Function

' The interpreter of the user's configuration: a full path to a file that exists, else empty.
Private Function FindInterpreter() As String
    Dim path As String
    path = ReadSetting("INTERPRETER_WIN")
    If InStr(path, QUOTE) > 0 Then Exit Function
    If Not (path Like "[A-Za-z]:\*" Or path Like "\\*") Then Exit Function
    If Files().FileExists(path) Then FindInterpreter = path
End Function

' A setting of the user's own file, lines of "KEY","value"; empty when there is none.
Private Function ReadSetting(ByVal key As String) As String
    Dim path As String, stream As Object, parts() As String
    path = Environ$("APPDATA") & "\" & PROJECT_NAME & "\${CONFIG_FILE}"
    If Not Files().FileExists(path) Then Exit Function
    Set stream = Files().OpenTextFile(path, FOR_READING)
    Do While Not stream.AtEndOfStream
        parts = Split(Trim$(stream.ReadLine), QUOTE)
        If UBound(parts) = 4 Then
            If UCase$(parts(1)) = key And Trim$(parts(2)) = "," Then ReadSetting = WindowsShell().ExpandEnvironmentStrings(parts(3))
        End If
    Loop
    stream.Close
End Function

' The COM server that computes the functions of cells, started when needed.
Private Function XLPy() As Object
    Dim server As Variant, interpreter As String
    interpreter = FindInterpreter()
    If interpreter = "" Then Err.Raise ACTIVATION_FAILED
    LoadServerLibrary interpreter
    If XLPyDLLActivateAuto(server, ServerCommand(interpreter), 1) <> 0 Then Err.Raise ACTIVATION_FAILED
    Set XLPy = server
End Function

Private Function ServerCommand(ByVal interpreter As String) As String
    ServerCommand = PythonCommand(interpreter, "import xlwings, ${ENGINE} as e; e.spare_excels(); xlwings.serve('$(CLSID)')")
End Function

' The library lies in Python's own folder or, for a virtual environment, above it. It is loaded by its full path, so that
' the name in the Declare finds this one and no other.
Private Sub LoadServerLibrary(ByVal interpreter As String)
    Dim folder As String
    folder = ParentFolder(interpreter)
    If LoadLibrary(folder & "\" & SERVER_LIBRARY) <> 0 Then Exit Sub
    If LoadLibrary(ParentFolder(folder) & "\" & SERVER_LIBRARY) <> 0 Then Exit Sub
    Err.Raise ACTIVATION_FAILED
End Sub

Private Function ParentFolder(ByVal path As String) As String
    ParentFolder = Left$(path, InStrRev(path, "\") - 1)
End Function

' What a function of a cell returns; #VALUE! when Python can't be asked. The workbook handed over is Nothing, for any
' other would be searched for code.
Public Function CallUdf(ByVal name As String, ByVal arguments As Variant) As Variant
    On Error GoTo failed
    Dim caller As Object
    If TypeName(Application.Caller) = "Range" Then Set caller = Application.Caller
    CallUdf = WithErrorValues(XLPy().CallUDF("${UDF_MODULE}", name, arguments, Nothing, caller))
    Exit Function
failed:
    CallUdf = CVErr(xlErrValue)
End Function

' Python names error values by their texts; in cells they must be error values.
Private Function WithErrorValues(ByVal found As Variant) As Variant
    Dim row As Long, column As Long
    If Not IsArray(found) Then
        found = WithErrorValue(found)
    ElseIf Dimensions(found) = 1 Then
        For column = LBound(found) To UBound(found)
            found(column) = WithErrorValue(found(column))
        Next column
    Else
        For row = LBound(found, 1) To UBound(found, 1)
            For column = LBound(found, 2) To UBound(found, 2)
                found(row, column) = WithErrorValue(found(row, column))
            Next column
        Next row
    End If
    WithErrorValues = found
End Function

Private Function WithErrorValue(ByVal found As Variant) As Variant
    WithErrorValue = found
    If VarType(found) <> vbString Then Exit Function
    Select Case found
        Case "#DIV/0!": WithErrorValue = CVErr(xlErrDiv0)
        Case "#N/A": WithErrorValue = CVErr(xlErrNA)
        Case "#NAME?": WithErrorValue = CVErr(xlErrName)
        Case "#NULL!": WithErrorValue = CVErr(xlErrNull)
        Case "#NUM!": WithErrorValue = CVErr(xlErrNum)
        Case "#REF!": WithErrorValue = CVErr(xlErrRef)
        Case "#VALUE!": WithErrorValue = CVErr(xlErrValue)
    End Select
End Function

Private Function Dimensions(ByRef found As Variant) As Long
    Dim bound As Long
    On Error Resume Next
    bound = UBound(found, 2)
    Dimensions = IIf(Err.Number = 0, 2, 1)
End Function

Private Sub ShowMessage(ByVal name As String)
    WindowsShell().Popup MessageText(name), 0, MessageText("Title"), WARNING_ICON
End Sub

' VBA holds no Japanese: its texts are in named cells of the add-in itself.
Private Function MessageText(ByVal name As String) As String
    MessageText = ThisWorkbook.Names("message." & name).RefersToRange.Value
End Function

Private Function WindowsShell() As Object
    Set WindowsShell = CreateObject("WScript.Shell")
End Function

Private Function Files() As Object
    Set Files = CreateObject("Scripting.FileSystemObject")
End Function
