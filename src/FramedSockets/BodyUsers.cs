namespace FramedSockets;

/// <summary>
/// The outputs that still send the body of a frame from where it lies. There is one only while its sender is awaited; a frame
/// that ends meanwhile ends that output too, since its memory would be sent with the bytes of whoever gets it next.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class BodyUsers
{
    private readonly List<(long Number, IBodyUser User)> _users = [];
    private long _last;

    /// <summary>Whether there is any. Whoever awaits each send sees that it is over.</summary>
    public bool Any => _users.Count > 0;

    public BodyUse Add(IBodyUser user)
    {
        lock (_users)
        {
            _users.Add((++_last, user));
            return new(this, _last);
        }
    }

    public void Remove(long number)
    {
        lock (_users)
        {
            for (var i = _users.Count - 1; i >= 0; i--)
            {
                if (_users[i].Number == number)
                {
                    _users.RemoveAt(i);
                }
            }
        }
    }

    /// <summary>The frame has ended under its users.</summary>
    public void OnEnded()
    {
        IBodyUser[] users;
        lock (_users)
        {
            users = [.. _users.Select(use => use.User)];
        }

        foreach (var user in users)
        {
            user.Fail(new(
                FramedSocketError.ConnectionAborted,
                "The connection was ended because a frame ended while its body was still being sent: await SendAsync before the handler returns or reads on, or send the body of ToOwned()."));
        }
    }
}
