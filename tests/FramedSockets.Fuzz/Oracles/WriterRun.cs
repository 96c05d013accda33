using System.Text;
using FramedSockets.Framing;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>One writer, the script of what is done to it, and the account of what was accepted.</summary>
internal sealed class WriterRun : IDisposable
{
    private const int Large = 33_000;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly SentFraming _framing;
    private readonly ScriptedChoices _script;
    private readonly FrameWriter<NoHeader> _writer;
    private readonly ScriptedOutput _output = new();
    private readonly CancellationTokenSource _cancel = new();
    private readonly List<SentFrame> _frames = [];
    private readonly List<Task> _flushes = [];
    private NaiveLimits _limits;
    private bool _mayEnd;
    private bool _isComplete;
    private byte _fill;

    public WriterRun(SentFraming framing, ScriptedChoices script, PoisonPool pool, NaiveLimits limits, int most)
    {
        _framing = framing;
        _script = script;
        _limits = limits;
        _writer = new(_output, framing.Codec, limits.ToLimits(), most, pool);
    }

    public void Run()
    {
        while (!_script.IsOver)
        {
            Step();
        }

        Settle();
        var ending = _writer.CompleteAsync().AsTask();
        FuzzFailureException.Require(((IAsyncResult)ending).AsyncWaitHandle.WaitOne(Soon), "waits for ever", "Completing waits.");
        FuzzFailureException.Require(_output.IsCompleted, "not completed", $"{ending.Exception}");
        FuzzFailureException.Require(!_output.WasMisused, "pipe misused");
        FuzzFailureException.Require(!_output.WasCancelled || _mayEnd, "cancelled for no reason");
        FuzzFailureException.Require(ending.IsCompletedSuccessfully || (_mayEnd && IsOver(ending.Exception!.InnerException!)), "ends for no reason", $"{ending.Exception}");
        new SentCheck(_frames, _output.Taken, mayEnd: !ending.IsCompletedSuccessfully).Run();
    }

    public void Dispose() => _cancel.Dispose();

    private void Step()
    {
        switch (_script.Below(13))
        {
            case 0:
                Send(Body(), _script.Below(2) == 0 ? body => _writer.TrySend(default, body) : body => _writer.TrySend(default, Segments.Of(body, 5)));
                break;
            case 1:
                Send(Body(), _script.Below(2) == 0 ? body => Write(() => _writer.Write(default, body)) : body => Write(() => _writer.Write(default, Segments.Of(body, 7))), isWritten: true);
                break;
            case 2:
                Send(Body(), _script.Below(3) == 1 ? _cancel.Token : default);
                break;
            case 3:
                Send(_script.Below(4) == 3 ? Body(Large) : Body(), _script.Below(3) == 1 ? _cancel.Token : default);
                break;
            case 4:
                Stream();
                break;
            case 5:
                Flush(() => _writer.FlushAsync(_script.Below(3) == 1 ? _cancel.Token : default));
                break;
            case 6:
                _output.BlockAfter(_script.Below(200));
                break;
            case 7:
                Settle();
                break;
            case 8:
                End();
                break;
            case 9:
                ChangeLimits();
                break;
            case 10 when _script.Below(3) == 2:
                // A streamed body that is cancelled in the middle ends the connection.
                _mayEnd = true;
                _cancel.Cancel();
                break;
            case 11 when _script.Below(6) == 5:
                _isComplete = true;
                Flush(() => _writer.CompleteAsync());
                break;
            case 12:
                Gather();
                break;
            default:
                break;
        }
    }

    /// <summary>Begins or ends what the thread of a handler does while it handles a read batch.</summary>
    private void Gather()
    {
        if (_writer.Queue.Batch.IsMine)
        {
            _writer.Queue.Batch.End();
        }
        else
        {
            _writer.Queue.Batch.Begin();
        }
    }

    private void Flush(Func<ValueTask> flush)
    {
        try
        {
            _flushes.Add(flush().AsTask());
        }
        catch (Exception e) when (IsExpected(e))
        {
            _mayEnd |= _isComplete;
        }
    }

    private byte[] Body() => Body(_script.Below(8) == 7 ? _script.Below(256) : _script.Below(20));

    /// <summary>A body that no other has, so that a frame in the wrong place shows; letters, so that delimiters happen.</summary>
    private byte[] Body(int length)
    {
        var body = new byte[length];
        body.AsSpan().Fill((byte)('b' + (_fill % 24)));
        for (var i = 0; i < length; i += i < 100 ? 3 : 1000)
        {
            body[i] = (byte)('a' + (i * _fill % 5));
        }

        _fill++;
        return body;
    }

    private static bool Write(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (InvalidOperationException e) when (e.Message.Contains("full", StringComparison.Ordinal))
        {
            return false;
        }
    }

    /// <summary>Sends a frame in a way that never waits.</summary>
    private void Send(byte[] body, Func<byte[], bool> send, bool isWritten = false)
    {
        var overtaken = isWritten ? _frames.FindAll(other => other.Task is { IsCompleted: false }) : [];
        if (overtaken.Count > 0)
        {
            // Of digits, so that it is like no other, wherever it leaves.
            body = Encoding.ASCII.GetBytes($"{_frames.Count:D5}");
        }

        var frame = Add(_framing.Frame(body), body.Length, overtaken);
        try
        {
            FuzzFailureException.Require(
                SoonUntil(() => (frame.IsAccepted = send(body)) || _output.IsBlocked), "full for nothing", "The queue is full, and the output takes everything.");
        }
        catch (Exception e) when (IsExpected(e))
        {
            frame.Failure = e;
        }
    }

    /// <summary>Sends a frame in a way that may wait.</summary>
    private void Send(byte[] body, CancellationToken token)
    {
        var frame = Add(_framing.Frame(body), body.Length);
        Begin(frame, () => _script.Below(2) == 0 ? _writer.SendAsync(default, body, token) : _writer.SendAsync(default, Segments.Of(body, 1 + (body.Length / 3)), token));
    }

    private void Stream()
    {
        var length = _script.Below(16) == 15 ? Large * 3 : _script.Below(100);
        var source = Body(_script.Below(4) switch { 0 => length, 1 => length + 3, 2 => length / 2, _ => _script.Below(100) });
        var fails = _script.Below(8) == 7;
        var isEmpty = source.Length == 0 && length > 0;
        var frame = Add(isEmpty ? null : _framing.Stream(source, length), length);
        _mayEnd |= source.Length < length && frame.Wire is not null;
        var stream = new ScriptedSource(source, 1 + _script.Below(200) + (length / 10), fails);
        var token = _script.Below(3) == 1 ? _cancel.Token : default;
        Begin(frame, () => _writer.SendAsync(default, stream, length, token));
    }

    private SentFrame Add(byte[]? wire, long length, IEnumerable<SentFrame>? overtakes = null)
    {
        var most = _framing.Most(_limits);
        var frame = new SentFrame { Wire = wire, Length = length, Limits = (most, most), Overtakes = new HashSet<SentFrame>(overtakes ?? []) };
        _frames.Add(frame);
        return frame;
    }

    private void Begin(SentFrame frame, Func<ValueTask> send)
    {
        try
        {
            frame.Task = send().AsTask();
        }
        catch (Exception e) when (IsExpected(e))
        {
            frame.Task = Task.FromException(e);
        }

        FuzzFailureException.Require(
            SoonUntil(() => frame.Task.IsCompleted || _output.IsBlocked), "waits for nothing", "A sender waits, and the output takes everything.");
    }

    /// <summary>
    /// Whether something is so, at the latest when whoever let a waiter go has left the queue: the waiter goes on at once, on a
    /// thread of its own.
    /// </summary>
    private static bool SoonUntil(Func<bool> isSo) => isSo() || SpinWait.SpinUntil(isSo, Soon);

    private void ChangeLimits()
    {
        _limits = _limits with { MaxBody = _script.Below(4) switch { 0 => 100_000, 1 => 0, 2 => 10, _ => 300 } };
        _writer.Limits = _limits.ToLimits();
        var most = _framing.Most(_limits);
        foreach (var frame in _frames.Where(frame => frame.Task is { IsCompleted: false }))
        {
            frame.Limits = (Math.Min(frame.Limits.Least, most), Math.Max(frame.Limits.Most, most));
        }
    }

    private void End()
    {
        switch (_script.Below(12))
        {
            case 1:
                _mayEnd = true;
                _output.Break(new IOException("The script broke the output."));
                break;
            case 2:
                _mayEnd = true;
                _output.Leave();
                break;
            default:
                break;
        }
    }

    /// <summary>Lets the output take everything, and waits until everybody who waited has gone on.</summary>
    private void Settle()
    {
        _writer.Queue.Batch.EndIfMine();
        _output.Release();
        foreach (var task in _frames.Select(frame => frame.Task).Concat(_flushes))
        {
            // Looked at afterwards: here it is enough that it ends.
            var isOver = task is null || task.IsCompleted || ((IAsyncResult)task).AsyncWaitHandle.WaitOne(Soon);
            FuzzFailureException.Require(isOver, "waits for ever", "The output takes everything, and somebody waits.");
        }

        foreach (var frame in _frames.Where(frame => frame.Task is not null))
        {
            frame.IsAccepted = frame.Task!.IsCompletedSuccessfully;
            frame.Failure = frame.Task.IsFaulted ? frame.Task.Exception.InnerException : frame.Task.IsCanceled ? new OperationCanceledException() : null;
            FuzzFailureException.Require(frame.Failure is null || IsExpected(frame.Failure), "wrong exception", $"{frame.Failure}");
        }

        FuzzFailureException.Require(
            _flushes.TrueForAll(task => task.IsCompletedSuccessfully || task.IsCanceled || IsExpected(task.Exception!.InnerException!)), "wrong exception");
        _flushes.Clear();
    }

    /// <summary>What a sender may throw: a refusal, the end of the connection, a cancelled wait, a failed source, an output that was completed.</summary>
    private bool IsExpected(Exception e) => e is FramedSocketException or EndOfStreamException or ScriptedSource.SourceFailedException
        || (e is OperationCanceledException && _cancel.IsCancellationRequested)
        || (e is InvalidOperationException && _isComplete);

    private static bool IsOver(Exception e) => e is FramedSocketException or InvalidOperationException;
}
