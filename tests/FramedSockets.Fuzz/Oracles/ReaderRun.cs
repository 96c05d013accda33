using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>One reader on a scripted stream, followed step by step by what the specification says is next.</summary>
internal sealed class ReaderRun<THeader>
{
    private readonly Framing<THeader> _framing;
    private readonly ScriptedStream _stream;
    private readonly ScriptedChoices _script;
    private readonly FrameReader<THeader> _reader;
    private readonly NextFrame _next;
    private Frame<THeader> _last;
    private bool _hasLast;
    private PipeReader? _lastBody;
    private bool _isStreaming;

    public ReaderRun(Framing<THeader> framing, ScriptedStream stream, ScriptedChoices script, PoisonPool pool, NaiveLimits limits)
    {
        _framing = framing;
        _stream = stream;
        _script = script;
        _reader = new(stream.Reader, framing.Codec, limits.ToLimits(), pool);
        _next = new(framing.Naive, stream) { Limits = limits };
    }

    private enum Outcome
    {
        Frame,
        Cancelled,
        End,
    }

    /// <summary>The limits for the next frame.</summary>
    public NaiveLimits Limits => _next.Limits;

    /// <summary>Reads until the end, or until the input is handed on.</summary>
    /// <returns>Whether it was handed on.</returns>
    public bool Run()
    {
        while (true)
        {
            var isTaken = _script.Below(2) == 1 && TryTake();
            var outcome = isTaken ? Outcome.Frame : Wait();
            if (outcome == Outcome.End)
            {
                break;
            }

            FuzzFailureException.Require(isTaken || outcome == Outcome.Cancelled || TryTake(), "no frame", "A wait promised a frame.");
            if (outcome == Outcome.Frame && _script.Below(4) == 3)
            {
                _next.Limits = Choose();
                _reader.Limits = _next.Limits.ToLimits();
            }

            // Not after a cancelled wait: a Pipe whose ReadAtLeastAsync was cancelled keeps what it has until more arrives.
            if (!_isStreaming && outcome == Outcome.Frame && _script.Below(16) == 15)
            {
                Detach();
                return true;
            }
        }

        Complete();
        return false;
    }

    private NaiveLimits Choose() => new(
        16 * 1024,
        _script.Below(4) switch { 0 => 1000, 1 => 0, 2 => 5, _ => 40 },
        _script.Below(4) switch { 0 => 1000, 1 => 0, 2 => 5, _ => 40 },
        _script.Below(2) == 1);

    /// <summary>Waits for a frame, and lets things happen while it has to wait.</summary>
    private Outcome Wait()
    {
        using var cancel = new CancellationTokenSource();
        var isCancelled = false;
        var wait = _reader.WaitToReadAsync(cancel.Token);
        CheckStale();
        while (!wait.IsCompleted)
        {
            _next.CheckNothingIsThere();
            switch (_script.Below(12))
            {
                case 10:
                    isCancelled = true;
                    cancel.Cancel();
                    break;
                case 11:
                    isCancelled = true;
                    _stream.Reader.CancelPendingRead();
                    break;
                default:
                    FuzzFailureException.Require(_stream.Feed(), "waits for ever", "The input has ended, and the reader waits.");
                    break;
            }
        }

        try
        {
#pragma warning disable VSTHRD002 // it has completed
            var isThere = wait.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            FuzzFailureException.Require(isThere || _next.IsCleanEnd, "ends early", $"{_next}");
            _isStreaming = false;
            return isThere ? Outcome.Frame : Outcome.End;
        }
        catch (OperationCanceledException)
        {
            FuzzFailureException.Require(isCancelled, "cancelled by nobody");
            return Outcome.Cancelled;
        }
        catch (FramedSocketException e)
        {
            FuzzFailureException.Require(_next.MayFail(e.Error), "wrong error", $"{e.Error} at {_next}");
            return Outcome.End;
        }
    }

    /// <summary>Takes the next frame, if there is one, and compares it.</summary>
    private bool TryTake()
    {
        var isThere = _reader.TryRead(out var frame);
        CheckStale();
        if (!isThere)
        {
            return false;
        }

        var head = _next.Take();
        _last = frame;
        _hasLast = true;
        FuzzFailureException.Require(
            _framing.Describe(frame.Header).AsSpan().SequenceEqual(head.Header) && frame.BodyLength == head.BodyLength, "wrong header", $"{_next}");
        FuzzFailureException.Require(frame.IsOversized == _next.IsOversized, "oversized or not", $"{_next}");
        FuzzFailureException.Require(frame.IsStreamed == (_next.IsStreamed && !_next.IsOversized), "streamed or not", $"{_next}");
        _isStreaming = _next.IsStreamed;
        if (_next.IsOversized)
        {
            Refuses(() => frame.Body.Length, FramedSocketError.BodyTooLong);
        }
        else if (_next.IsStreamed)
        {
            _lastBody = frame.BodyReader;
            ReadBody(_lastBody, head.BodyLength);
        }
        else
        {
            CompareBody(frame, (int)head.BodyLength);
        }

        return true;
    }

    private void CompareBody(in Frame<THeader> frame, int length)
    {
        var body = _stream.Bytes.AsSpan((int)_next.BodyStart, length);
        FuzzFailureException.Require(frame.Body.Length == length && new Sequence(frame.Body).Equals(body), "wrong body", $"{_next}");
        switch (_script.Below(3))
        {
            case 1:
                using (var owned = frame.ToOwned())
                {
                    FuzzFailureException.Require(owned.Body.Span.SequenceEqual(body), "wrong copy", $"{_next}");
                }

                break;
            case 2:
                _lastBody = frame.BodyReader;
                ReadBody(_lastBody, length);
                break;
            default:
                break;
        }
    }

    /// <summary>Reads some of a body, or all of it, in pieces.</summary>
    private void ReadBody(PipeReader body, long length)
    {
        var at = 0L;
        try
        {
            while (_script.Below(5) != 4)
            {
                var result = FramePeer<THeader>.Wait(body.ReadAsync(), () => Feed(body));
                var buffer = result.Buffer;
                var isRight = buffer.Length <= length - at
                    && new Sequence(buffer).Equals(_stream.Bytes.AsSpan((int)(_next.BodyStart + at), (int)buffer.Length));
                FuzzFailureException.Require(isRight, "wrong body", $"{_next}, at {at}");
                FuzzFailureException.Require(!result.IsCompleted || buffer.Length == length - at, "body ends early", $"{_next}, at {at}");
                var taken = _script.Below(3) == 2 ? _script.Below(256) % (buffer.Length + 1) : buffer.Length;
                at += taken;
                body.AdvanceTo(buffer.GetPosition(taken), _script.Below(2) == 0 ? buffer.End : buffer.GetPosition(taken));
                if (result.IsCompleted && at == length)
                {
                    break;
                }
            }
        }
        catch (FramedSocketException e)
        {
            FuzzFailureException.Require(_next.MayFail(e.Error), "wrong error", $"{e.Error} in the body of {_next}");
        }
    }

    private bool Feed(PipeReader body)
    {
        if (_script.Below(12) == 11)
        {
            body.CancelPendingRead();
            return true;
        }

        return _stream.Feed();
    }

    /// <summary>Whatever was lent before the last call is not lent any more.</summary>
    private void CheckStale()
    {
        if (_hasLast)
        {
            var last = _last;
            Stale(() => last.Body.Length);
        }

        if (_lastBody is { } body)
        {
            Stale(() => body.TryRead(out _) ? 1 : 0);
        }

        _hasLast = false;
        _lastBody = null;
    }

    private static void Stale(Func<long> use)
    {
        try
        {
            throw new FuzzFailureException("stale frame", $"A frame that is over still gives {use()}.");
        }
        catch (InvalidOperationException)
        {
        }
    }

    private static void Refuses(Func<long> use, FramedSocketError error)
    {
        try
        {
            throw new FuzzFailureException("not refused", $"It gives {use()}.");
        }
        catch (FramedSocketException e)
        {
            FuzzFailureException.Require(e.Error == error, "wrong error", $"{e.Error}");
        }
    }

    private void Detach()
    {
        FuzzFailureException.Require(ReferenceEquals(_reader.Detach(), _stream.Reader), "another pipe");
        CheckStale();
        Complete();
    }

    private void Complete()
    {
        var completing = _reader.CompleteAsync();
        FuzzFailureException.Require(completing.IsCompletedSuccessfully, "waits for ever", "Completing an idle reader waits.");
        CheckStale();
        Stale(() => _reader.WaitToReadAsync().IsCompleted ? 1 : 0);
    }
}
