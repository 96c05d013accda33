namespace FramedSockets;

/// <summary>One output's use of a lent body, until it is disposed: sent, copied or given up; the default is none.</summary>
internal readonly struct BodyUse : IDisposable
{
    private readonly BodyUsers? _users;
    private readonly IBodyUser? _user;

    public BodyUse(BodyUsers users, IBodyUser user)
    {
        (_users, _user) = (users, user);
        users.Add(user);
    }

    public void Dispose() => _users?.Remove(_user!);
}
